/**
 * The simulated exchange: accounts, orders and a market in one place, without sockets, clock or
 * randomness of the platform. The gateway serves it over the TWS protocol, the backtest fills on it
 * directly; with a journal it survives its process.
 */

import assert from 'node:assert/strict';
import type { OrderSide } from '../../domain/order.ts';
import type { RecordedTape } from '../../domain/tape.ts';
import { Fault } from '../../fault.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Random } from '../../runtime/random.ts';
import { dividendsOf } from './dividends.ts';
import { Engine } from './engine.ts';
import type { ExchangeJournal } from './exchange-journal.ts';
import type { FaultInput } from './fault-schema.ts';
import { hooksOf, manualOrder, type PriceMove, priceOf, shiftPrice, stockOf } from './hands.ts';
import { initialState, worldOf } from './initial-state.ts';
import {
  findContracts,
  type Listing,
  type LiveListing,
  listScenario,
  listTape,
  liveListing,
  MARKET_RULE_ID,
  optionParameters,
  PRICE_INCREMENTS,
  termsOf,
} from './listing.ts';
import { type Margin, marginOf } from './margin.ts';
import type { Market } from './market.ts';
import { createModelMarket } from './model-market.ts';
import { decidePlacing } from './placing.ts';
import { openRecordedMarket } from './recorded-market.ts';
import { computeOption, statisticsOf } from './reference.ts';
import type { Scenario } from './scenario.ts';
import { startTimeFlow, type TimeFlow } from './time-flow.ts';
import { noteHit } from './turn.ts';
import type { Research, Venue, VenueOrder } from './venue.ts';
import {
  accountValuesOf,
  completedToday,
  type ExchangeLedger,
  executionsOf,
  ledgerOf,
  positionsOf,
  venueOrder,
} from './views.ts';

export interface ExchangeOptions {
  readonly scenario: Scenario;
  /** Needed where the scenario is a recording. */
  readonly tape?: RecordedTape;
  /** Whether recorded options carry the model of tick 13, which costs more than all else. */
  readonly modelsOptions?: boolean;
  readonly mono: Clock;
  /** Seeded by the scenario; the exchange splits it by purpose and by run. */
  readonly random: Random;
  readonly journal: ExchangeJournal;
  /** Mints the id of a new exchange, once; hexadecimal digits and dashes. */
  readonly newExchangeId: () => string;
  /** Time cannot go on: the recording is unreadable from here. */
  readonly onFault: (fault: Fault) => void;
  /** Time has jumped over closed hours; whoever keeps a clock by this exchange must look anew. */
  readonly onJump?: () => void;
}

interface ManualTrade {
  /** A stock by its symbol, or any contract by its id. */
  readonly what: { readonly symbol: string } | { readonly conId: number };
  readonly side: OrderSide;
  readonly quantity: number;
  /** Default: the first account. */
  readonly account?: string;
}

export interface Exchange extends Venue {
  readonly lockStep: boolean;
  readonly speed: number;
  /** Lets time flow; in lock-step it does nothing. */
  start(): void;
  /** Lock-step: everything until `to` (epoch ms, whole seconds), then the `time` event. */
  step(to: number): Promise<void>;
  /** A market order typed by hand: client id 0, no order ref. Throws a `Fault` where refused. */
  trade(trade: ManualTrade): VenueOrder;
  /** Moves a price; throws `Fault('conflict')` on a recording. Returns the new middle. */
  movePrice(symbol: string, move: { readonly price: number } | { readonly pct: number }): number;
  price(symbol: string): number;
  /** Makes something go wrong, and notes it so that a test can tell what was done to it. */
  inject(fault: FaultInput): void;
  ledger(): ExchangeLedger;
  /** Writes down where it stands and stops time. */
  close(): void;
}

/** Longest single step: a week; a driver that asks for more has mistaken a unit. */
const STEP_MS_MAX = 7 * 86_400_000;

/** An exchange whose driver brings time forward, event by event: orders keep their latency. */
export interface DrivenExchange extends Exchange {
  /** When something happens next; Infinity when nothing will. */
  nextDue(): number;
  /** When the market moves next; Infinity when it will not. */
  nextQuote(): number;
  /** Makes `advance(to)` possible; rejects with a `Fault` where the recording is unreadable. */
  prepare(to: number): Promise<void>;
  /** The time up to which `advance` may go now. */
  horizon(): number;
  /** Everything due until `to`, at once. */
  advance(to: number): void;
  /** USD in an account; 0 for one that is not there. */
  cash(account: string): number;
}

export async function createExchange(options: ExchangeOptions): Promise<Exchange> {
  return expose(options, await openEngine(options, options.scenario.lock_step));
}

/** For a backtest: the scenario's `lock_step` keeps time from flowing. */
export async function createDrivenExchange(options: ExchangeOptions): Promise<DrivenExchange> {
  return drive(options, await openEngine(options, false));
}

/** On a market that its driver has already; the scenario's own is not opened. */
export function createDrivenExchangeOn(market: Market, options: ExchangeOptions): DrivenExchange {
  const listing = liveListing(listingOf(options), []);
  const random = options.random.split('run-0');
  return drive(options, makeEngine(options, { listing, random, market, isInstant: false }));
}

function drive(options: ExchangeOptions, engine: Engine): DrivenExchange {
  const { market, state } = engine.turn;
  return {
    ...expose(options, engine),
    nextDue: () => engine.nextDue(),
    nextQuote: () => market.nextTime(),
    prepare: (to) => (market.horizon() < to ? market.prepare(to) : Promise.resolve()),
    horizon: () => market.horizon(),
    cash: (account) => state.accounts.get(account)?.cash ?? 0,
    advance(to) {
      assert(to >= state.now, 'time does not go back');
      engine.advance(to);
    },
  };
}

async function openEngine(options: ExchangeOptions, isInstant: boolean): Promise<Engine> {
  const { scenario, journal } = options;
  const { found } = journal;
  const first = listingOf(options);
  if (found !== null && found.world !== worldOf(scenario, first)) {
    throw new Fault(
      'data_dir_unusable',
      'the exchange in the data directory is of another scenario',
      {
        remedy: 'use another data directory, or move its folder "exchange" away',
      },
    );
  }
  const listing = liveListing(first, found?.listed ?? []);
  const random = options.random.split(`run-${found === null ? 0 : found.resumes + 1}`);
  const market = await openMarket(options, listing, random.split('market'));
  return makeEngine(options, { listing, random, market, isInstant });
}

interface Parts {
  readonly listing: LiveListing;
  readonly random: Random;
  readonly market: Market;
  /** Without latency what is asked in a step is done in it: its driver may not step for long. */
  readonly isInstant: boolean;
}

function makeEngine(options: ExchangeOptions, parts: Parts): Engine {
  const { scenario, journal } = options;
  const { listing, random, market, isInstant } = parts;
  const { found } = journal;
  const state =
    found ?? initialState({ scenario, listing, market, exchangeId: options.newExchangeId() });
  const [low, high] = scenario.fills.latency_ms;
  const paths = random.split('latency');
  const latency = (): number => (isInstant ? 0 : low + paths.integer(high - low + 1));
  const engine = new Engine({
    ...{ scenario, listing, market, state, journal, latency, hooks: hooksOf },
    random: random.split('faults'),
    pastRandom: options.random.split('past'),
    isResumed: found !== null,
  });
  if (found === null) journal.begin(state);
  else {
    engine.turn.apply({ kind: 'resumed' });
    engine.saveClock();
  }
  return engine;
}

function listingOf({ scenario, tape }: ExchangeOptions): Listing {
  if (scenario.recorded === undefined) return listScenario(scenario);
  if (tape !== undefined) return listTape(tape);
  throw new Fault('config_invalid', `no tape for the recording ${scenario.recorded.dir}`);
}

function openMarket(options: ExchangeOptions, listing: Listing, random: Random): Promise<Market> {
  const { scenario, tape, journal } = options;
  const now = journal.found?.now ?? scenario.start;
  if (tape !== undefined && scenario.recorded !== undefined) {
    return openRecordedMarket(tape, scenario.recorded, now, options.modelsOptions ?? true);
  }
  const saved = journal.found?.market ?? null;
  return Promise.resolve(createModelMarket({ scenario, listing, random, now, saved }));
}

function expose(options: ExchangeOptions, engine: Engine): Exchange {
  const { scenario, journal } = options;
  const { state, market } = engine.turn;
  let flow: TimeFlow | null = null;
  let stepping: Promise<void> = Promise.resolve();
  let closed = false;
  const now = (): number => flow?.now() ?? state.now;
  /** Commands meet the market of now, not of the last tick. */
  const atNow = <T>(work: () => T): T => {
    flow?.catchUp();
    const result = work();
    flow?.reschedule();
    return result;
  };
  return {
    ...readsOf(engine, now),
    lockStep: scenario.lock_step,
    speed: scenario.speed,
    listen: (listener) => engine.listen(listener),
    watch: (conId, listener) => engine.watch(conId, listener),
    place: (request) => atNow(() => engine.act((desk) => desk.place(request))),
    cancel: (clientId, orderId) =>
      atNow(() => engine.act((desk) => desk.cancel({ clientId, orderId }))),
    exercise: (request) => atNow(() => engine.exercise(request)),
    globalCancel: () => atNow(() => engine.act((desk) => desk.cancelAll())),
    start() {
      if (scenario.lock_step || flow !== null) return;
      const { mono, onFault, onJump = () => undefined } = options;
      const { speed, skip_closed: skipClosed } = scenario;
      flow = startTimeFlow({ engine, mono, speed, skipClosed, onFault, onJump });
    },
    step(to) {
      // One after the other: two drivers must not interleave their steps.
      stepping = stepping.catch(() => undefined).then(() => stepTo(engine, scenario, to));
      return stepping;
    },
    trade: (trade) => atNow(() => tradeByHand(engine, trade)),
    movePrice: (symbol, move) => atNow(() => movePrice(engine, symbol, move)),
    price: (symbol) => priceOf(engine, symbol),
    inject: (fault) => atNow(() => injectFault(engine, fault)),
    ledger: () => ledgerOf(state, market),
    close() {
      if (closed) return;
      closed = true;
      flow?.stop();
      engine.saveClock();
      journal.close();
    },
  };
}

type Commands = 'place' | 'cancel' | 'globalCancel' | 'exercise';
type Reads = Omit<Venue, 'listen' | 'watch' | Commands>;

function readsOf(engine: Engine, now: () => number): Reads {
  const { state, market, listing } = engine.turn;
  return {
    exchangeId: state.exchangeId,
    accounts: [...state.accounts.keys()],
    now,
    findContracts: (query) =>
      findContracts(listing, query).map((contract) => termsOf(listing, contract, now())),
    optionParameters: (underlyingConId) => optionParameters(listing, underlyingConId),
    marketRule: (id) => (id === MARKET_RULE_ID ? PRICE_INCREMENTS : null),
    marketRuleId: () => MARKET_RULE_ID,
    quote: (conId) => engine.shownQuote(conId, now()),
    nextOrderId: (clientId) => nextOrderId(engine, clientId),
    research: researchOf(engine, now),
    openOrders: () => [...state.live.values()].filter((order) => !order.held).map(venueOrder),
    completedOrders: () => completedToday(state),
    executions: (filter) => executionsOf(state, filter),
    positions: () => positionsOf(state, market),
    accountValues: (account) => accountValuesOf(state, market, account, marginIn(engine, account)),
  };
}

function researchOf(engine: Engine, now: () => number): Research {
  const { turn, history, dividends } = engine;
  return {
    bars: (conId, from, to, barMs, kind = 'MIDPOINT') =>
      history.bars({ conId, from, to, barMs, kind }),
    headTime: (conId, kind = 'MIDPOINT') => history.headTime(conId, kind),
    pastTicks: (query) => history.ticks(query),
    statistics: (conId) => statisticsOf(turn, conId, now()),
    dividends(conId) {
      const contract = turn.listing.contracts.get(conId);
      const isStock = contract?.secType === 'STK';
      return isStock ? dividendsOf(dividends, contract.symbol, now()) : null;
    },
    computeOption: (conId, spot, given) =>
      computeOption(turn, dividends, { now: now(), conId, spot }, given),
  };
}

function injectFault(engine: Engine, fault: FaultInput): void {
  const { listing, faults, state } = engine.turn;
  if ('symbol' in fault && fault.symbol !== undefined) stockOf(engine, fault.symbol);
  if (faults.isFull) throw new Fault('conflict', 'too many faults stand: end some');
  const isTrade = fault.type === 'manual_trade';
  if (isTrade && fault.account !== undefined && !state.accounts.has(fault.account)) {
    throw new Fault('not_found', `there is no account ${fault.account}`);
  }
  if (fault.type === 'split' && engine.turn.scenario.recorded !== undefined) {
    throw new Fault('conflict', 'recorded prices cannot be split');
  }
  if (fault.type === 'gap' && findContracts(listing, ANY_STOCK).length === 0) return;
  engine.inject(fault);
}

const ANY_STOCK = { conId: 0, symbol: '', secType: 'STK', expiry: '', strike: 0, right: '' };

/** Null where the scenario asks for no margin. */
function marginIn({ turn }: Engine, account: string): Margin | null {
  const { state, market, listing, scenario } = turn;
  const held = state.accounts.get(account);
  if (scenario.margin === 'none' || held === undefined) return null;
  return marginOf(state, market, held, null, listing.contracts);
}

/** One above every id of the client, unless a fault makes the gateway forget or skip some. */
function nextOrderId(engine: Engine, clientId: number): number {
  const { state, faults } = engine.turn;
  const next = (state.orderIds.get(clientId) ?? 0) + 1;
  const wrong = faults.take('next_id_rollback');
  if (wrong === null) return next;
  const orderId = Math.max(1, next - wrong.by);
  engine.act(() => noteHit(engine.turn, wrong.type, { clientId, orderId, orderRef: '' }));
  return orderId;
}

async function stepTo(engine: Engine, scenario: Scenario, to: number): Promise<void> {
  const { state, market, emit } = engine.turn;
  if (!scenario.lock_step) throw new Fault('conflict', 'the exchange is not in lock-step');
  if (!Number.isSafeInteger(to) || to % 1000 !== 0) {
    throw new Fault('invalid', 'step to a whole second');
  }
  if (to < state.now) throw new Fault('invalid', 'time does not go back');
  if (to - state.now > STEP_MS_MAX) throw new Fault('invalid', 'step by a week at most');
  if (market.horizon() < to) await market.prepare(to);
  engine.advance(to);
  emit({ type: 'time', ts: to });
  engine.saveClock();
}

function tradeByHand(engine: Engine, trade: ManualTrade): VenueOrder {
  const { turn } = engine;
  const [first = ''] = turn.state.accounts.keys();
  const { what, side, quantity, account = first } = trade;
  const conId = 'conId' in what ? what.conId : stockOf(engine, what.symbol).conId;
  if (!turn.listing.contracts.has(conId)) throw new Fault('not_found', `${conId} is not listed`);
  const request = manualOrder({ account, conId, side, quantity });
  const placing = decidePlacing(turn, request);
  if (placing.kind !== 'send') {
    throw new Fault('invalid', 'message' in placing ? placing.message : 'not accepted');
  }
  const { permId } = placing.order;
  engine.act((desk) => desk.place(request));
  const order = turn.state.live.get(permId) ?? turn.state.completed.at(-1);
  return venueOrder(order ?? placing.order);
}

function movePrice(engine: Engine, symbol: string, move: PriceMove): number {
  if (!shiftPrice(engine, stockOf(engine, symbol), move)) {
    throw new Fault('conflict', 'recorded prices cannot be moved');
  }
  return priceOf(engine, symbol);
}
