/** What a book's decider keeps: one object per book, changed only inside a turn. */

import { createHedgeMachine, type HedgeEvent } from '../../machines/hedge.ts';
import { start } from '../../machines/step.ts';
import { createTradingMachine, type TradingEvent } from '../../machines/trading.ts';
import type { BookAlertId } from '../../src/domain/alert-names.ts';
import type { Said } from '../../src/domain/alerts.ts';
import type { Assessment } from '../../src/domain/assessment.ts';
import type { HedgeMemory, ProbeView } from '../../src/domain/assessment-input.ts';
import type { BookQuotes } from '../../src/domain/book-quotes.ts';
import type { LatchedCause } from '../../src/domain/causes.ts';
import type { ContractTerms, StockContract } from '../../src/domain/contract.ts';
import type { Ledger } from '../../src/domain/ledger.ts';
import type { HeldLeg, OptionHolding, Outsider } from '../../src/domain/legs.ts';
import type { ApprovedOrder, OrderPurpose } from '../../src/domain/order.ts';
import type { BookSettings } from '../../src/domain/settings.ts';
import { emptyBookQuotes } from '../../src/protocol/book-board.ts';
import type { ExecutionReport, OrderReport } from '../../src/protocol/broker.ts';
import {
  type AccountRisk,
  type EngineState,
  NO_RISK,
  type OrderTestResult,
} from '../../src/protocol/decision.ts';
import type { BookConfig, EngineConfig } from '../../src/protocol/decision-config.ts';
import { type DurableBook, emptyDurableBook, type Membership } from '../../src/protocol/durable.ts';
import { durableLedger, durableMemory } from '../../src/protocol/durable-ledger.ts';
import type { IntentFact } from '../../src/protocol/facts.ts';
import { type AttributionState, startAttribution } from './attribution-state.ts';
import { type EvidenceState, noEvidence } from './evidence-state.ts';
import type { GateTimes } from './gate-times.ts';

export type TradingMachine = ReturnType<typeof createTradingMachine>;
export type HedgeMachine = ReturnType<typeof createHedgeMachine>;
export type TradingSnapshot = ReturnType<typeof start<TradingMachine>>['snapshot'];
export type HedgeSnapshot = ReturnType<typeof start<HedgeMachine>>['snapshot'];

/** The open intent with what was decided for it. */
export interface OpenIntent {
  readonly orderRef: string;
  readonly purpose: OrderPurpose;
  readonly targetShares: number;
  /** Signed shares after clips. */
  readonly quantity: number;
  readonly clipped: boolean;
  readonly forced: boolean;
  readonly atMid: boolean;
  readonly spot: number;
  readonly ownedAtStart: number;
  /** The fact that opened it; null until an order was reviewed. */
  fact: IntentFact | null;
  /** The order on the wire, as it was approved last. */
  approved: ApprovedOrder | null;
}

/** Attempts so far, when the next one is due, and the timer that stands for it (trading times). */
export interface EmptyTries {
  readonly count: number;
  readonly dueAt: number;
  readonly timerAt: number | null;
}

export const NO_TRIES: EmptyTries = {
  count: 0,
  dueAt: Number.NEGATIVE_INFINITY,
  timerAt: null,
};

/** How often the cancel of an order that waits was asked, and when that is due again (mono). */
export interface LeftoverCancel {
  readonly cancels: number;
  readonly dueMono: number;
  /** The broker says that it is being cancelled. */
  readonly pending: boolean;
}

/** What became of an intent, as far as was seen; `fact` as it was opened. */
export interface IntentEnd {
  readonly fact: IntentFact;
  readonly outcome: string;
}

/** An execution in the account without our reference, of today; for explaining positions. */
export type ForeignExecution = Pick<
  ExecutionReport,
  'execId' | 'execBase' | 'revision' | 'contract' | 'side' | 'quantity' | 'price' | 'ts'
>;

/** Contracts bought (+) and sold (−) by hand on one day, and what they cost per multiplier unit. */
export interface LegTrades {
  readonly quantity: number;
  readonly cost: number;
}

/** Trades by hand of the day that begins at `since`, by contract id. */
export interface DayTrades {
  readonly since: number;
  readonly byConId: ReadonlyMap<number, LegTrades>;
}

/** Alerts that hold, and what is needed to look at them seldom. Times are trading times. */
interface AlertsState {
  /** `since`: wall time, unix seconds. */
  readonly active: Map<BookAlertId, { readonly since: number } & Said>;
  needSince: number | null;
  forceSince: number | null;
  /** A live order excuses an exposure until then, while we own so many shares. */
  excuse: { readonly owned: number; readonly until: number } | null;
  pnlUnknownSince: number | null;
  key: string;
  lookedAt: number;
  dueAt: number;
}

export interface BookState {
  config: EngineConfig;
  readonly book: BookConfig;
  /** As they are now: the operator may change them while the book runs. */
  settings: BookSettings;
  /** Empty until the first sync names the login's only account. */
  account: string;
  readonly tradingMachine: TradingMachine;
  readonly hedgeMachine: HedgeMachine;
  trading: TradingSnapshot;
  hedge: HedgeSnapshot;
  engine: EngineState;
  /** Whether the broker takes orders of this book; null while it has not been asked. */
  orderTest: OrderTestResult | null;
  suspended: boolean;
  /** While our shares are being closed: who asked, and what kept back the next order. */
  flatten: { readonly origin: string; blocked: string; reread: 'no' | 'asked' | 'done' } | null;
  terms: ContractTerms | null;
  readonly quotes: BookQuotes;
  hasQuotes: boolean;
  watchedSince: number | null;
  probe: ProbeView;
  ledger: Ledger;
  /** References of our orders that this journal knows. */
  readonly orderRefs: Set<string>;
  legs: readonly HeldLeg[];
  legsChangedAt: number | null;
  outsiders: readonly Outsider[];
  /** The operator's word on option contracts, by contract id. */
  readonly membership: Map<number, Membership['decision']>;
  holdings: Map<number, OptionHolding>;
  optionOrders: Map<number, number>;
  /** Shares by contract id: before the contract is known a symbol may name several. */
  readonly stocks: Map<number, number>;
  accountShares: number | null;
  knownForeign: number | null;
  /** By the base of their ids: a correction takes the place of what it corrects. */
  foreignExecutions: Map<string, ForeignExecution>;
  /** Seen since foreign shares were last explained; signed shares of the underlying. */
  foreignSince: number;
  /** Executions under our name that the journal does not know: ids by their bases. */
  readonly unknownOwn: Map<string, string>;
  /** The account's options were read in this session: what changes from now on is news. */
  holdingsKnown: boolean;
  /** Contract ids that are watched now, as they stand on the board. */
  watchedIds: string;
  /** Day and time (trading) of the last review of the legs. */
  legsDay: string;
  legsReviewedAt: number;
  legsTimer: boolean;
  /** Of closing the shares of a book without legs. */
  emptyTries: EmptyTries;
  readonly alerts: AlertsState;
  readonly attribution: AttributionState;
  /** What the loss limits counted last, while the day's P&L was not known; USD. */
  lossSeen: number | null;
  /** Trades by hand of the day, summed; null when another one came. */
  dayTrades: DayTrades | null;
  /** Of the other books of the account, as they told last. */
  others: AccountRisk;
  /** What this book told them. */
  toldRisk: AccountRisk | null;
  /** The broker refused an order because of a halt: none is tried until then; trading time. */
  haltedUntil: number | null;
  /** Trading time of the last execution or position report. */
  reportedAt: number;
  /** Trading time at which our shares changed last by an execution. */
  filledAt: number;
  /** Since the last sync the account was judged: explained, or in doubt with a latch. */
  compared: boolean;
  readonly evidence: EvidenceState;
  latches: Map<LatchedCause, string>;
  memory: HedgeMemory;
  intent: OpenIntent | null;
  /** Found open at start; resolved at the first sync. */
  recovered: readonly IntentFact[];
  /** Orders under our name that live at the broker while no machine works them. */
  strays: readonly OrderReport[];
  /** Of those that wait and live on: the cancels so far, and when the next one is due. */
  readonly leftovers: Map<string, LeftoverCancel>;
  /** Ended in a fault: answered, but its order's fate is still not known. */
  unresolved: IntentFact | null;
  /** Ended after a midnight, with a rest of which nobody can tell whether it was filled. */
  overnight: readonly IntentEnd[];
  assessment: Assessment | null;
  readonly gateTimes: GateTimes;
  assessTimer: number;
  readCount: number;
  /** The read that the hedge machine waits for. */
  readId: string | null;
  /** Mono time at which it was asked. */
  lastReadMono: number;
  /** Mono time since when the order that is asked about was seen held (Inactive). */
  heldSince: number | null;
  lastStatusMono: number;
  statusSignature: string;
  sinceTrading: number;
  sinceHedge: number;
  quiet: boolean;
  /** A machine moved, or the engine did: the assessment is delivered again, though it is equal. */
  redeliver: boolean;
  /** The last check denied an order: none is tried again before its back-off has elapsed. */
  denied: boolean;
  /** Events for the two machines that wait in this turn. */
  readonly events: MachineEvent[];
  dispatching: boolean;
}

export type MachineEvent =
  | { readonly machine: 'trading'; readonly event: TradingEvent }
  | { readonly machine: 'hedge'; readonly event: HedgeEvent };

/**
 * How long it takes until reports that overtake each other have come in, by the trading clock: a
 * tape is then one run at any speed.
 */
export const SETTLE_MS = 5000;

/** The contract of the underlying, once known. */
export function underlyingOf(state: BookState): StockContract | null {
  const contract = state.terms?.contract;
  return contract?.secType === 'STK' ? contract : null;
}

function noAlerts(): AlertsState {
  return {
    active: new Map(),
    needSince: null,
    forceSince: null,
    excuse: null,
    pnlUnknownSince: null,
    key: '',
    lookedAt: Number.NEGATIVE_INFINITY,
    dueAt: Number.POSITIVE_INFINITY,
  };
}

/** What only this session can have seen. */
function nothingSeen() {
  return {
    orderTest: null,
    reportedAt: Number.NEGATIVE_INFINITY,
    filledAt: Number.NEGATIVE_INFINITY,
    compared: false,
    evidence: noEvidence(),
    holdingsKnown: false,
    watchedIds: '',
    legsDay: '',
    legsReviewedAt: Number.NEGATIVE_INFINITY,
    legsTimer: false,
    emptyTries: NO_TRIES,
    alerts: noAlerts(),
    lossSeen: null,
    dayTrades: null,
    others: NO_RISK,
    toldRisk: null,
    haltedUntil: null,
  };
}

/** A book as it starts: machines fresh, ledger and latches from the journal's facts. */
export function createBookState(
  config: EngineConfig,
  book: BookConfig,
  durable: DurableBook | null,
): BookState {
  const settings = book.settings;
  const known = durable ?? emptyDurableBook(settings.symbol, settings.account ?? '');
  const tradingMachine = createTradingMachine();
  const hedgeMachine = createHedgeMachine();
  const memory = durableMemory(known);
  return {
    config,
    book,
    settings,
    account: settings.account ?? known.account,
    tradingMachine,
    hedgeMachine,
    trading: start(tradingMachine, undefined as never).snapshot,
    hedge: start(hedgeMachine, undefined as never).snapshot,
    engine: STARTING,
    suspended: known.suspended,
    flatten: null,
    terms: null,
    quotes: emptyBookQuotes(),
    hasQuotes: false,
    watchedSince: null,
    probe: { askedAt: null, answeredAt: null, failedAt: null },
    ledger: durableLedger(known),
    attribution: startAttribution(known),
    orderRefs: new Set(known.orderRefs),
    legs: known.legs,
    // A leg that left just before a restart is as young as one that left in this session.
    legsChangedAt: memory.legsChangedAt,
    outsiders: [],
    membership: new Map((known.membership ?? []).map((one) => [one.conId, one.decision])),
    holdings: new Map(),
    optionOrders: new Map(),
    stocks: new Map(),
    accountShares: null,
    knownForeign: null,
    foreignExecutions: new Map(),
    foreignSince: 0,
    unknownOwn: new Map(),
    ...nothingSeen(),
    latches: new Map(known.latches.map(({ cause, reason }) => [cause, reason])),
    memory,
    intent: null,
    recovered: known.openIntents,
    strays: [],
    leftovers: new Map(),
    unresolved: null,
    overnight: [],
    assessment: null,
    gateTimes: new Map(),
    assessTimer: Number.POSITIVE_INFINITY,
    readCount: 0,
    readId: null,
    lastReadMono: Number.NEGATIVE_INFINITY,
    heldSince: null,
    lastStatusMono: Number.NEGATIVE_INFINITY,
    statusSignature: '',
    sinceTrading: 0,
    sinceHedge: 0,
    quiet: false,
    redeliver: true,
    denied: false,
    events: [],
    dispatching: false,
  };
}

const STARTING: EngineState = {
  brokerUp: false,
  synced: false,
  stopping: false,
  leaveOrders: false,
  standby: false,
  leaseHeld: false,
  suspended: false,
  flattening: false,
  degraded: [],
  marketUp: false,
  daemonState: 'idle',
};
