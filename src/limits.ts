/**
 * Upper bounds that only a developer may change, and the relations between them. Each says where
 * its number comes from; what an operator may change stands in the configuration instead.
 */

/**
 * Option legs of one book: two hundred, and to spare. A book of four weekly strangles has eight,
 * and pays for eight: of a board's record only what is used is written, copied or takes memory.
 * The strikes that its smiles are fitted to stand in the places that legs leave free.
 */
export const MAX_LEGS = 256;

/** Cash dividends of one book's underlying: a year of them by the month, and to spare. */
export const MAX_DIVIDENDS = 16;

/** Books of one daemon. The boards are allocated for all of them at start. */
export const MAX_BOOKS = 512;

/** Shadows of one book: each costs what its book costs, on a thread that gives way. */
export const MAX_SHADOWS = 8;

/** Market-data lines that IB grants an account by default. */
export const MARKET_LINES = 100;

/** Connections for market data; with the one for orders they are a quarter of what TWS serves. */
export const MAX_MARKET_WORKERS = 8;

/** Boosters raise it; the board has room for five hundred books of a stock and four legs. */
export const MAX_LINES = 4096;

/** The largest frame of the TWS protocol, as its own clients bound it (`0xffffff`). */
export const TWS_FRAME_BYTES_MAX = 0xff_ff_ff;

/** Client messages per second to one TWS; IB disconnects above 50, summed over its clients. */
export const BROKER_MESSAGES_PER_SECOND = 45;

/** The market-data connection's share of them: it asks when it subscribes, and seldom after. */
export const MARKET_MESSAGES_PER_SECOND = 20;

/** The same share of another number for both connections. */
export function marketMessagesPerSecond(both: number): number {
  const share = MARKET_MESSAGES_PER_SECOND / BROKER_MESSAGES_PER_SECOND;
  return Math.max(MARKET_MESSAGES_PER_SECOND, Math.floor(both * share));
}

/** Both connections have ten left: enough for a heartbeat, a cancel and an order. */
export const BROKER_MESSAGES_PER_SECOND_MIN = MARKET_MESSAGES_PER_SECOND + 10;

/** With less than this free on the journal's disk nothing is traded: it might not be written. */
export const DISK_FULL_BYTES = 1024 ** 3;

/** With less than this the operator is told: at tens of megabytes a day there is time to act. */
export const DISK_LOW_BYTES = 2 * DISK_FULL_BYTES;

/** HTTP bodies: the largest legal control command is far below 1 kB. */
export const HTTP_BODY_BYTES_MAX = 64 * 1024;

/** The whole stop, and the share of each part of it (ms); the shares add up to less. */
export const STOP_BUDGET_MS = {
  total: 5000,
  orders: 2500,
  journal: 1000,
  actors: 500,
  database: 500,
};
