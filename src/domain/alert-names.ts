/** The alerts of a book, with what each says: the engine raises them, the page translates them. */

/** Names are public: rows, the status and the log carry them. */
export const BOOK_ALERTS = {
  unhedged_exposure: 'a hedge is needed and none is being worked',
  net_delta: 'net delta is beyond the limit that alarms',
  orphan_shares: 'hedge shares are left without an option leg',
  not_shortable: 'a hedge would sell shares short that are hard to borrow',
  read_only_api: 'TWS lets this session look, and not trade',
  executions_missing: 'an order is called done, and its executions are not told',
  orders_refused: 'the broker refuses orders of this book',
  orders_untested: 'the broker has not said whether it takes orders',
  outside_delta: 'an option that is no leg of the book has a large delta',
  earnings: 'earnings are near',
  expiry_today: 'legs expire today',
  pin_risk: 'spot is near the strike of a leg that expires today',
  exercise_decision: 'what happens to an expired option is decided until 17:30 New York',
  dividend_assignment: 'a written call may be exercised for its dividend',
  greeks_disputed: 'deltas of a leg disagree: the model, its price differences, the broker',
  membership: 'an option waits to be confirmed as a leg',
  pnl_unknown: 'the loss limits of the day cannot be checked',
} as const;

export type BookAlertId = keyof typeof BOOK_ALERTS;
