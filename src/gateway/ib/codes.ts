/**
 * Every code that TWS may answer with and that this program acts on: what it means, what we do,
 * and what the operator has to do where we cannot. One table, so that the decision code, the page
 * and the documentation say the same of a code.
 */

/**
 * What a code says about the thing it answers.
 * - `order_reject`: a definite refusal; `order_cancelled`: the balance is cancelled.
 * - `order_message`: about a living order, not a refusal of it.
 * - `unknown_state`: the order may live or not; ask the broker before doing anything.
 * - `program`: our request was wrong; on an order it is a definite refusal and a fault of ours.
 */
type BrokerCodeKind =
  | 'order_reject'
  | 'order_cancelled'
  | 'order_message'
  | 'unknown_state'
  | 'connection'
  | 'farm'
  | 'market_data'
  | 'pacing'
  | 'program'
  | 'info';

export interface BrokerCode {
  readonly code: number;
  readonly meaning: string;
  readonly kind: BrokerCodeKind;
  /** What this program does. */
  readonly reaction: string;
  /** What the operator can do; null where nothing is needed. */
  readonly operator: string | null;
}

type Row = readonly [code: number, meaning: string];

const RECONCILE = 'the order is of unknown state: open orders and executions are read again';
const REFUSED = 'the order is refused and not sent again';
const FARM = 'noted; quotes count as stale while the farms they need are broken';
const NO_DATA = 'no hedging on this line until its data come';
const RECONNECT = 'the connection is given up and made again with back-off';

const NARROW = 'raise the precautionary limits in TWS, or make the orders smaller';
const SUBSCRIBE = "subscribe to the exchange's data, and share it with the API session";

/** The table in groups that share a kind, a reaction and an advice. */
const GROUPS: readonly {
  readonly kind: BrokerCodeKind;
  readonly reaction: string;
  readonly operator: string | null;
  readonly codes: readonly Row[];
}[] = [
  {
    kind: 'pacing',
    reaction: 'sending stops for a second; an alert is raised',
    operator: 'look for other API clients on this TWS: all of them share 50 messages a second',
    codes: [[100, 'more than 50 messages a second from all clients of this TWS']],
  },
  {
    kind: 'market_data',
    reaction: 'the line is refused; it is asked for again only when lines have been freed',
    operator: 'close market-data windows in TWS, or buy quote boosters',
    codes: [[101, 'the limit of market-data lines is reached']],
  },
  {
    kind: 'program',
    reaction: 'a new request id is used; the request is not repeated in a loop',
    operator: null,
    codes: [
      [102, 'duplicate ticker id'],
      [300, 'unknown request id'],
      [322, 'the request could not be processed, or there are too many account summaries'],
    ],
  },
  {
    kind: 'unknown_state',
    reaction: 'the next valid id is asked for, and orders are matched by reference before a resend',
    operator: null,
    codes: [[103, 'duplicate order id']],
  },
  {
    kind: 'unknown_state',
    reaction: RECONCILE,
    operator: null,
    codes: [
      [104, 'a filled order cannot be modified'],
      [105, 'the modification does not match the original order'],
      [135, 'no order has this id'],
      [136, 'the order cannot be cancelled'],
      [161, 'the order is not in a state in which it can be cancelled'],
      [2102, 'the order is still being processed and cannot be modified'],
      [10147, 'the order to cancel was not found'],
      [10148, 'the order to cancel cannot be cancelled any more'],
    ],
  },
  {
    kind: 'program',
    reaction: REFUSED,
    operator: null,
    codes: [
      [106, 'the order cannot be transmitted'],
      [107, 'the order is incomplete'],
      [133, 'submitting the order failed'],
      [134, 'modifying the order failed'],
      [355, 'the size does not conform to the market rule'],
      [388, 'the size is below the minimum'],
      [434, 'the size is zero'],
      [111, 'this time in force does not go with this order type'],
      [387, 'unsupported order type for this exchange'],
      [411, 'outside regular hours is not allowed for this order'],
      [413, 'a what-if order needs its transmit flag'],
    ],
  },
  {
    kind: 'order_reject',
    reaction: `${REFUSED}; an alert is raised`,
    operator: NARROW,
    codes: [
      [109, 'the price is outside the precautionary limit of TWS'],
      [163, 'the price is further from the market than the precautionary percentage'],
      [382, 'the size is beyond the precautionary limit of TWS'],
      [383, 'the size is beyond the precautionary limit of the order presets'],
    ],
  },
  {
    kind: 'order_reject',
    reaction: 'the price is rounded by the market rule and the order planned anew, once',
    operator: null,
    codes: [[110, 'the price is not on the minimum tick']],
  },
  {
    kind: 'order_message',
    reaction: 'none: the order lives',
    operator: null,
    codes: [
      [2109, 'outside regular hours is ignored for this order'],
      [2137, "the order crosses to the other side of the position's zero"],
      [399, 'a message about the order, such as being held until the open'],
      [10349, 'the time in force was set by an order preset'],
      [404, 'shares are being located for a short sale; the order is held'],
    ],
  },
  {
    kind: 'order_reject',
    reaction: 'hedging pauses until the halt is lifted',
    operator: null,
    codes: [[154, 'the security is halted']],
  },
  {
    kind: 'market_data',
    reaction: 'the request backs off; nothing on the trading path waits for it',
    operator: null,
    codes: [
      [162, 'historical data: pacing, or none'],
      [165, 'historical data: none'],
      [166, 'historical data: the contract has expired'],
      [366, 'historical data: the request was cancelled'],
      [420, 'real-time data: the request is not possible'],
    ],
  },
  {
    kind: 'order_reject',
    reaction: 'the contract is refused, and the order with it where it answers one',
    operator: 'check symbol, contract id and the trading permissions of the account',
    codes: [
      [200, 'no such contract, or more than one'],
      [203, 'the security is not available or not allowed for this account'],
      [460, 'no trading permission for this contract'],
    ],
  },
  {
    kind: 'order_reject',
    reaction: `${REFUSED}; what grows the exposure waits where margin is the reason`,
    operator: 'read the reason: margin, size, short sale or the state of the account',
    codes: [[201, 'the order was rejected']],
  },
  {
    kind: 'order_cancelled',
    reaction: 'final once confirmed; if nobody asked for it, the need is looked at afresh',
    operator: null,
    codes: [[202, 'the order was cancelled']],
  },
  {
    kind: 'program',
    reaction: 'orders stop until the cause is gone',
    operator: 'TWS: API settings, switch off "Read-Only API"',
    codes: [
      [320, 'TWS could not read the request'],
      [321, 'TWS found the request invalid, or the API is read-only'],
    ],
  },
  {
    kind: 'connection',
    reaction: 'the same id is tried again with back-off; the id is never changed',
    operator: 'another program uses this client id: stop it, or give one of them another id',
    codes: [[326, 'the client id is in use']],
  },
  {
    kind: 'market_data',
    reaction: NO_DATA,
    operator: SUBSCRIBE,
    codes: [
      [354, 'no subscription to these market data'],
      [10089, 'these market data need a further subscription for the API'],
      [10168, 'no subscription, and delayed data are not enabled'],
      [10186, 'no subscription, and delayed data are not available'],
    ],
  },
  {
    kind: 'info',
    reaction: 'some ticks still flow; the line is kept',
    operator: SUBSCRIBE,
    codes: [
      [10090, 'part of these market data is not subscribed'],
      [10091, 'part of these market data needs a further subscription for the API'],
    ],
  },
  {
    kind: 'info',
    reaction: 'the line is marked delayed; no live order is based on it',
    operator: SUBSCRIBE,
    codes: [[10167, 'delayed data are shown instead']],
  },
  {
    kind: 'market_data',
    reaction: 'quotes count as stale until ticks return',
    operator: 'the login is in use elsewhere for live data: end that session',
    codes: [[10197, 'another live session took the market data']],
  },
  {
    kind: 'connection',
    reaction: RECONNECT,
    operator: 'start TWS or IB Gateway, enable its API, check host and port',
    codes: [
      [501, 'already connected'],
      [502, 'TWS cannot be reached'],
      [503, 'TWS is too old'],
      [504, 'not connected'],
      [506, 'the version of TWS is not supported'],
      [507, 'the connection ended'],
    ],
  },
  {
    kind: 'connection',
    reaction: 'orders are of unknown state: no new orders, the socket is kept',
    operator: null,
    codes: [
      [1100, 'TWS lost its connection to IB'],
      [2110, 'TWS has no connection to its server; it is being restored'],
    ],
  },
  {
    kind: 'connection',
    reaction: 'everything is subscribed again, the broker is read again, then hedging resumes',
    operator: null,
    codes: [[1101, 'TWS is connected to IB again; subscriptions were lost']],
  },
  {
    kind: 'connection',
    reaction: 'the broker is read again, then hedging resumes',
    operator: null,
    codes: [[1102, 'TWS is connected to IB again; subscriptions were kept']],
  },
  {
    kind: 'connection',
    reaction: 'the connection is lost; it is made again on the configured port',
    operator: 'TWS changed its socket port: put the new one into the configuration',
    codes: [[1300, 'TWS changed its socket port and drops this connection']],
  },
  {
    kind: 'farm',
    reaction: FARM,
    operator: null,
    codes: [
      [2103, 'a market-data farm is broken'],
      [2105, 'a historical-data farm is broken'],
      [2157, 'the security-definition farm is broken'],
      [2104, 'a market-data farm is connected'],
      [2106, 'a historical-data farm is connected'],
      [2158, 'the security-definition farm is connected'],
      [2107, 'a historical-data farm is idle'],
      [2108, 'a market-data farm is idle'],
      [2119, 'a market-data farm is connecting'],
    ],
  },
  {
    kind: 'connection',
    reaction: RECONNECT,
    operator: 'accept the paper-trading disclaimer in TWS or in the account management',
    codes: [[10141, 'the paper-trading disclaimer has not been accepted']],
  },
];

/** Every known code, in the order of the table. */
export const BROKER_CODES: readonly BrokerCode[] = GROUPS.flatMap(
  ({ kind, reaction, operator, codes }) =>
    codes.map(([code, meaning]) => ({ code, meaning, kind, reaction, operator })),
);

const BY_CODE: ReadonlyMap<number, BrokerCode> = new Map(
  BROKER_CODES.map((row) => [row.code, row]),
);

/** IB's warnings, which answer nothing in particular. */
const WARNING_MIN = 2100;
const WARNING_MAX = 2199;

/**
 * What a code means. An unknown one is never taken for a refusal: on an order it leaves the order
 * in an unknown state, whatever the number; elsewhere it is a line for the log.
 */
export function describeCode(code: number, onOrder: boolean): BrokerCode {
  const known = BY_CODE.get(code);
  if (known !== undefined) return known;

  const warning = code >= WARNING_MIN && code <= WARNING_MAX;
  if (!onOrder || warning) {
    const meaning = 'a message of the broker without a known meaning';
    return { code, meaning, kind: 'info', reaction: 'none', operator: null };
  }
  const meaning = 'a message about the order without a known meaning';
  return { code, meaning, kind: 'unknown_state', reaction: RECONCILE, operator: null };
}

/**
 * TWS lets an API session look and not trade until its operator says otherwise, and that is its
 * default: every order is refused with a code that stands for other mistakes too, and a text.
 */
export function isReadOnlyRefusal(code: number, message: string): boolean {
  return code === 321 && /read[- ]?only/i.test(message);
}

/** These speak of the moment or of the size, not of the right to trade. */
const HALTED = 154;
const SHORT_OF_MONEY = /margin|equity|funds|buying power/i;

/**
 * What an error to a what-if order of one share says of orders in general: true where none would
 * be taken, false where they would as far as permissions go, null where it says neither.
 */
export function isRefusalOfAll(code: number, message: string): boolean | null {
  const { kind } = describeCode(code, true);
  if (kind !== 'order_reject' && kind !== 'program') return null;
  return code !== HALTED && !SHORT_OF_MONEY.test(message);
}

const FARMS_OK: ReadonlySet<number> = new Set([2104, 2106, 2107, 2108, 2158]);

/** The farm a notice is about, and whether it serves; null for any other code. */
export function farmOf(code: number, message: string): { farm: string; ok: boolean } | null {
  if (BY_CODE.get(code)?.kind !== 'farm') return null;
  // "… connection is OK:usfarm", or "… should be available upon demand.usfarm".
  const farm = /([^\s:.]+)\.?\s*$/.exec(message)?.[1] ?? '';
  return { farm, ok: FARMS_OK.has(code) };
}
