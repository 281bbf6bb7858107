/** The engine as the API shows it: one status from the daemon, its books and its accounts. */

import type { Book } from '../../actors/book.ts';
import type { Daemon } from '../../actors/daemon.ts';
import { Fault } from '../fault.ts';
import type {
  AccountView,
  ActorView,
  BookView,
  ConfigView,
  PositionView,
  SelfCheck,
  StatusRow,
  StatusView,
} from '../protocol/views.ts';
import type { ActorStatus } from '../runtime/system.ts';
import type { Stamp } from '../runtime/turn.ts';
import type { Deciders } from './deciders.ts';

const LAMPS = { ok: 'green', degraded: 'yellow', blocked: 'red' } as const;

export interface ViewContext {
  readonly deciders: Deciders;
  readonly at: Stamp;
  readonly quiescent: boolean;
  readonly tradingTs: number | null;
  readonly recorder?: StatusView['recorder'];
}

/** The status of the whole, with the worst of engine and books as its lamp. */
export function statusView(context: ViewContext): StatusView {
  const { deciders, at } = context;
  const { daemon } = deciders;
  const { data } = daemon;
  const { config } = data;
  const books = deciders.books.map((book) => book.view(at));
  const engine = engineCheck(daemon);
  const nameless = books.filter(({ symbol }) => data.terms.get(symbol) === 'failed');
  const overall = overallCheck(engine, books, nameless, data.suspended);
  const operating = data.snapshot.matches({ lifecycle: 'operating' });
  const wall = at.wall / 1000;
  return {
    self_check: overall.check,
    block_reasons: overall.reasons,
    status_lamp: LAMPS[overall.check],
    trading_suspended: data.suspended,
    daemon_self_check: engine.check,
    daemon_lamp: LAMPS[engine.check],
    daemon_block_reasons: engine.reasons,
    daemon_heartbeat: {
      last_ts: data.lastHeartbeat,
      hedge_running: operating && !data.suspended,
      daemon_alive: true,
      ib_connected: data.clientId !== null,
      ib_client_id: data.clientId,
      next_retry_ts: data.retryAt === null ? null : data.retryAt / 1000,
      seconds_until_retry:
        data.retryAt === null ? null : Math.max(0, Math.round(data.retryAt / 1000 - wall)),
      graceful_shutdown_at: data.stoppingSince === null ? null : data.stoppingSince / 1000,
      heartbeat_interval_sec: data.heartbeatMs / 1000,
    },
    status: books[0] === undefined ? null : rowOf(books[0]),
    books,
    alerts: [
      ...[...data.alerts.values()].map((one) => ({ ...one, symbol: null })),
      ...books.flatMap((book) => book.alerts),
    ],
    accounts: accountViews(daemon, books),
    accounts_fetched_at: data.accountsFetchedAt,
    ib_config: { ib_host: config.broker.host, ib_port_type: config.broker.portType },
    mode: config.mode,
    trading_ts: context.tradingTs,
    quiescent: context.quiescent,
    recorder: context.recorder ?? null,
    parity: data.parity,
  };
}

/** The configuration that the deciders use now. */
export function configView({ daemon }: Deciders): ConfigView {
  const { config, reload } = daemon.data;
  return {
    summary: config.configSummary,
    applied_at: reload.appliedAt,
    needs_restart: reload.needsRestart,
    refused: reload.refused,
    books: config.books.map(({ settings }) => settings),
  };
}

interface Check {
  readonly check: SelfCheck;
  readonly reasons: readonly string[];
}

/** The engine apart from its books: yellow while it waits for IB, red once it has stopped. */
function engineCheck(daemon: Daemon): Check {
  const state = daemon.state();
  const { context } = daemon.data.snapshot;
  const why = context.reason === '' ? [] : [context.reason];
  switch (state) {
    case 'running':
    case 'running_suspended':
    case 'flattening':
      return context.degraded.length === 0
        ? { check: 'ok', reasons: [] }
        : { check: 'degraded', reasons: context.degraded };
    case 'degraded':
      return { check: 'degraded', reasons: context.degraded };
    case 'stopped':
      return { check: 'blocked', reasons: ['stopped'] };
    default:
      return { check: 'degraded', reasons: [state, ...why] };
  }
}

/**
 * A book in SAFE is red, unless its cause is the connection (yellow), has gone a moment ago
 * (`safe_hold_seconds`), or the market is closed; so is one without a contract, which is not even
 * watched.
 */
function overallCheck(
  engine: Check,
  books: readonly BookView[],
  nameless: readonly BookView[],
  suspended: boolean,
): Check {
  const reasons = new Set(engine.reasons);
  let check = engine.check;
  const worsen = (to: SelfCheck): void => {
    if (check !== 'blocked') check = check === 'degraded' && to === 'ok' ? check : to;
  };
  if (suspended) {
    reasons.add('suspended');
    worsen('degraded');
  }
  for (const { symbol } of nameless) {
    reasons.add(`${symbol}: no contract`);
    worsen('blocked');
  }
  for (const book of books) {
    if (book.suspended && !suspended) {
      reasons.add(`${book.symbol}: suspended`);
      worsen('degraded');
    }
    if (book.alerts.some(({ id }) => id === 'greeks_disputed')) {
      reasons.add(`${book.symbol}: greeks disputed`);
      worsen('degraded');
    }
    if (book.trading_state !== 'SAFE') continue;
    const causes = book.block_reasons.filter((reason) => SAFE_REASONS.has(reason));
    for (const cause of causes) reasons.add(cause);
    if (causes.length === 0) reasons.add(`${book.symbol}: safe_hold`);
    const passes = causes.length === 0 || isOfConnection(causes);
    worsen(passes || book.market_closed ? 'degraded' : 'blocked');
  }
  return { check, reasons: [...reasons] };
}

function isOfConnection(causes: readonly string[]): boolean {
  return causes.includes('broker_down') && causes.every((cause) => OF_CONNECTION.has(cause));
}

/** The lost connection itself, and what its silence brings after a while. */
const OF_CONNECTION: ReadonlySet<string> = new Set(['broker_down', 'data_stale', 'greeks_bad']);

const SAFE_REASONS: ReadonlySet<string> = new Set([
  'broker_down',
  'data_stale',
  'greeks_bad',
  'orphan_shares',
  'expiry_pending',
  'exec_fault',
  'daily_loss_limit',
  'position_break',
  'ownership_unconfirmed',
  'corporate_action',
]);

function rowOf(book: BookView): StatusRow {
  return {
    daemon_state: book.daemon_state,
    trading_state: book.trading_state,
    symbol: book.symbol,
    spot: book.spot,
    bid: book.bid,
    ask: book.ask,
    net_delta: book.net_delta,
    stock_position: book.stock_position,
    option_legs_count: book.option_legs_count,
    daily_hedge_count: book.daily_hedge_count,
    daily_pnl: book.daily_pnl,
    data_lag_ms: book.data_lag_ms,
    config_summary: book.config_summary,
    ts: book.ts,
  };
}

function accountViews(daemon: Daemon, books: readonly BookView[]): readonly AccountView[] {
  const { data } = daemon;
  return data.accounts.map((account) => ({
    account_id: account,
    summary: data.summaries.get(account)?.values ?? {},
    positions: [...data.positions.values()]
      .filter((position) => position.account === account)
      .map((position) => positionView(position, books)),
  }));
}

type Position = ReturnType<Daemon['data']['positions']['get']> & object;

function positionView(position: Position, books: readonly BookView[]): PositionView {
  const { contract, quantity, avgCost } = position;
  const book = books.find((one) => one.symbol === contract.symbol);
  const spot = book?.spot ?? null;
  if (contract.secType === 'STK') {
    return {
      symbol: contract.symbol,
      secType: 'STK',
      exchange: contract.exchange,
      currency: contract.currency,
      expiry: null,
      strike: null,
      right: null,
      position: quantity,
      avgCost,
      price: spot,
      unrealized_pnl: spot === null ? null : (spot - avgCost) * quantity,
      moneyness: null,
    };
  }
  const leg = book?.legs.find((one) => one.con_id === contract.conId);
  const price = leg?.bid != null && leg.ask != null ? (leg.bid + leg.ask) / 2 : null;
  const sign = contract.right === 'C' ? 1 : -1;
  return {
    symbol: contract.symbol,
    secType: 'OPT',
    exchange: contract.exchange,
    currency: contract.currency,
    expiry: contract.expiry,
    strike: contract.strike,
    right: contract.right,
    position: quantity,
    avgCost,
    price,
    unrealized_pnl: price === null ? null : (price * contract.multiplier - avgCost) * quantity,
    moneyness: spot === null ? null : (sign * (spot - contract.strike) * 100) / contract.strike,
  };
}

/** Throws `Fault('not_found')` with what there is. */
export function findBook(deciders: Deciders, symbol: string): Book {
  const found = deciders.books.find((book) => book.symbol === symbol);
  if (found !== undefined) return found;
  const known = deciders.books.map((book) => book.symbol).join(', ');
  throw new Fault('not_found', `no book ${symbol}; there are ${known}`);
}

/** The actors as they are shown. */
export function actorViews(actors: readonly ActorStatus[]): readonly ActorView[] {
  return actors.map((actor) => ({
    id: actor.id,
    kind: actor.kind,
    supervisor: actor.supervisor ?? null,
    placement: actor.placement,
    state: actor.state,
    since: actor.changedAt / 1000,
    restarts: actor.restarts,
    mailbox_depth: actor.mailboxDepth,
    mailbox_high: actor.mailboxHigh,
    messages: actor.messages,
    messages_per_second: actor.messagesPerSecond,
    dropped: actor.dropped,
    refused: actor.refused,
    dead_letters: actor.deadLetters,
    last_dead_letter: actor.deadLetterSamples.at(-1)?.type ?? null,
    dead_letter_samples: actor.deadLetterSamples.map(({ at, from = null, ...letter }) => {
      return { ts: at / 1000, from, ...letter };
    }),
    event_loop_use: actor.loopUse,
    last_error: actor.lastError ?? null,
    last_error_stack: actor.lastErrorStack ?? null,
  }));
}
