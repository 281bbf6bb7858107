/**
 * The gates between a need and an order, in the order in which they are asked. This table is the
 * single source of their names, groups, units and meanings: the assessment, `explain`, the counts
 * of block reasons and the documentation all read it. Ids are public contract.
 */

export type GateGroup = 'admission' | 'strategy' | 'state' | 'intent' | 'guard';

/**
 * What a trade would be for. `hedge`: the threshold is passed (D2). `forced`: net delta is past
 * `max_delta_limit` (D3), which opens some gates. `hedge_now`: asked by hand or before the night.
 * `flatten`: our shares go back to 0.
 */
export type GatePurpose = 'hedge' | 'forced' | 'hedge_now' | 'flatten';

export interface GateDefinition {
  readonly id: string;
  readonly group: GateGroup;
  /** Of its value and its limit; empty for yes or no. */
  readonly unit: string;
  /** Purposes that meet this gate; for the others it stands open. */
  readonly appliesTo: readonly GatePurpose[];
  /** A gate that clips makes the order smaller, and blocks only what would be too small then. */
  readonly action: 'blocks' | 'clips';
  /** The key below `gates` that sets its limit. */
  readonly setting: string | null;
  /** Why a trade waits here, in words for the operator. */
  readonly meaning: string;
}

const HEDGES = ['hedge', 'forced', 'hedge_now'] as const;
const ALL = ['hedge', 'forced', 'hedge_now', 'flatten'] as const;
/** D3 passes by. */
const UNFORCED = ['hedge', 'hedge_now'] as const;
/** D3, and what is asked by hand, pass by. */
const UNHURRIED = ['hedge'] as const;

function gate<const Id extends string>(
  id: Id,
  group: GateGroup,
  appliesTo: readonly GatePurpose[],
  meaning: string,
  more: { unit?: string; setting?: string; action?: 'clips' } = {},
): GateDefinition & { readonly id: Id } {
  const { unit = '', setting = null, action = 'blocks' } = more;
  return { id, group, unit, appliesTo, action, setting, meaning };
}

/** Every gate, in the order of the specification. */
export const GATES = [
  gate('stopping', 'admission', ALL, 'the daemon is stopping'),
  gate('standby', 'admission', ALL, 'another daemon is the writer'),
  gate('not_synced', 'admission', ALL, 'orders and positions are not yet agreed with the broker'),
  gate('suspended', 'admission', HEDGES, 'hedging is suspended by the operator'),
  gate('degraded', 'admission', ALL, 'a part of the system that trading needs is not well'),
  gate('order_test', 'admission', HEDGES, 'the broker has not said that it takes orders of ours'),

  gate('no_option_position', 'strategy', HEDGES, 'the book has no option legs'),
  gate('strategy_disabled', 'strategy', HEDGES, 'the book is switched off in the configuration', {
    setting: 'strategy_enabled',
  }),
  gate('outside_rth', 'strategy', ALL, 'outside regular trading hours', {
    unit: 'New York time',
    setting: 'strategy.trading_hours_only',
  }),
  gate('holiday', 'strategy', ALL, 'the exchange does not trade today', { unit: 'date' }),
  gate('halted', 'strategy', ALL, 'trading of the underlying is halted'),
  gate('open_delay', 'strategy', UNFORCED, 'the first moments after the open are left out', {
    unit: 's',
    setting: 'strategy.open_delay_s',
  }),
  gate('close_cut', 'strategy', HEDGES, 'too close to the end of the session', {
    unit: 's',
    setting: 'strategy.close_cut_s',
  }),
  gate('calendar_mismatch', 'strategy', HEDGES, "our calendar and the contract's hours differ"),
  gate('earnings_blackout', 'strategy', HEDGES, 'earnings are near', {
    unit: 'trading days',
    setting: 'strategy.earnings',
  }),

  gate('data_stale', 'state', ALL, 'the underlying is silent and a probe was not answered', {
    unit: 'ms',
    setting: 'state.market.stale_ts_threshold_ms',
  }),
  gate('data_lag', 'state', HEDGES, 'prices reach the decision too late', {
    unit: 'ms',
    setting: 'state.system.data_lag_threshold_ms',
  }),
  gate('greeks_bad', 'state', HEDGES, 'the delta of a leg is not known'),
  gate('no_quote', 'state', ALL, 'no two-sided, uncrossed quote of the underlying'),
  gate('spread_extreme', 'state', UNFORCED, 'the spread is extreme', {
    unit: '% of mid',
    setting: 'state.liquidity.extreme_spread_pct',
  }),
  gate('leg_settling', 'state', HEDGES, 'the option legs have just changed or are being traded', {
    unit: 's',
    setting: 'state.leg_settle_s',
  }),
  gate('in_band', 'state', UNFORCED, 'net delta is inside the no-trade band', {
    unit: 'shares',
    setting: 'state.delta.epsilon_band',
  }),
  gate('below_threshold', 'state', UNHURRIED, 'net delta is below the hedging threshold', {
    unit: 'shares',
    setting: 'state.delta.threshold_hedge_shares',
  }),

  gate('min_hedge_shares', 'intent', HEDGES, 'the trade would be too small', {
    unit: 'shares',
    setting: 'intent.hedge.min_hedge_shares',
  }),
  gate('max_hedge_shares_per_order', 'intent', ALL, 'one order is no larger than this', {
    unit: 'shares',
    setting: 'intent.hedge.max_hedge_shares_per_order',
    action: 'clips',
  }),
  gate('min_price_move', 'intent', UNHURRIED, 'the price has hardly moved since the last hedge', {
    unit: '%',
    setting: 'intent.hedge.min_price_move_pct',
  }),
  gate('cooldown', 'intent', UNHURRIED, 'the last hedge was a moment ago', {
    unit: 's',
    setting: 'intent.hedge.cooldown_seconds',
  }),

  gate('daily_loss_limit', 'guard', HEDGES, "the day's loss limit is reached", {
    unit: 'USD',
    setting: 'guard.risk.max_daily_loss_usd',
  }),
  gate('max_daily_hedge_count', 'guard', HEDGES, "the day's number of hedges is reached", {
    unit: 'hedges',
    setting: 'guard.risk.max_daily_hedge_count',
  }),
  gate('max_daily_hedge_cost', 'guard', HEDGES, "the day's cost of hedging is reached", {
    unit: 'USD',
    setting: 'guard.risk.max_daily_hedge_cost_usd',
  }),
  gate('max_position', 'guard', HEDGES, 'our share position may not grow beyond this', {
    unit: 'shares',
    setting: 'guard.risk.max_position_shares',
    action: 'clips',
  }),
  gate('max_notional', 'guard', HEDGES, 'one order is worth no more than this', {
    unit: 'USD',
    setting: 'guard.risk.max_notional_usd',
    action: 'clips',
  }),
  gate('spread_too_wide', 'guard', HEDGES, "the spread is beyond the guard's limit", {
    unit: '% of mid',
    setting: 'guard.risk.max_spread_pct',
  }),
  gate('price_collar', 'guard', ALL, 'the price to pay lies outside the collar around the mid', {
    unit: 'USD',
    setting: 'guard.risk.price_collar_pct',
  }),
  gate('order_rate', 'guard', ALL, 'too many orders of this book in a minute', {
    unit: 'orders/min',
    setting: 'guard.risk.max_orders_per_minute',
  }),
  gate('reject_streak', 'guard', HEDGES, 'the broker has rejected several orders in a row', {
    unit: 'rejects',
    setting: 'guard.risk.max_reject_streak',
  }),
  gate('order_in_flight', 'guard', ALL, 'an order of this book is still being worked'),
  gate('position_break', 'guard', HEDGES, "the account's shares are not explained; latched"),
  gate('ownership_unconfirmed', 'guard', HEDGES, 'it is not confirmed which shares are ours'),
  gate('corporate_action', 'guard', HEDGES, 'the terms of a leg have changed; latched'),
  gate('exec_fault', 'guard', HEDGES, "an order's fate is unknown, or some were refused; latched"),
  gate('expiry_pending', 'guard', HEDGES, 'an expired leg near its strike is not yet settled'),
  gate('delayed_data', 'guard', ALL, 'the quotes are not live'),
  gate('account_daily_loss', 'guard', HEDGES, "the account's daily loss limit is reached", {
    unit: 'USD',
    setting: 'guard.account.max_daily_loss_usd',
  }),
  gate('account_daily_notional', 'guard', HEDGES, "the account's daily turnover is reached", {
    unit: 'USD',
    setting: 'guard.account.max_daily_notional_usd',
  }),
  gate('account_order_rate', 'guard', HEDGES, 'too many orders of all books in a minute', {
    unit: 'orders/min',
    setting: 'guard.account.max_orders_per_minute',
  }),
  gate('lease', 'guard', ALL, 'the lease that allows only one writer is not held'),
] as const;

export type GateId = (typeof GATES)[number]['id'];

/** Each gate's definition by its id. */
export const GATE_BY_ID: Readonly<Record<GateId, GateDefinition>> = Object.fromEntries(
  GATES.map((definition) => [definition.id, definition]),
) as Record<GateId, GateDefinition>;

/** What the last check refuses besides the gates: a ticket that must never have been made. */
export const TICKET_FAULTS = {
  quantity: 'the quantity is not a positive whole number',
  order_ref: 'the order carries no reference of ours',
  account: "the order's account is not the book's",
  contract: "the order's contract is not the book's underlying",
  side: 'the order is neither a buy nor a sell',
  price: 'the limit price is not a positive number',
  tick_size: "the limit price is not on the contract's tick",
  tif: 'the order would outlive its purpose',
  live_interlock: 'the account is not the one that live trading is allowed on',
  modify_raises: 'a modification may not raise the quantity',
  max_net_delta: 'net delta after the fill would be beyond its limit',
  not_reducing: 'the order would not reduce what it is meant to close',
} as const;

export type TicketFault = keyof typeof TICKET_FAULTS;
