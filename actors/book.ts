/**
 * One book: an underlying and its option legs in one account. The decider hosts the trading and
 * the hedge machine, keeps the ledger, and turns each input into events for them. It reads nothing
 * but its inputs; whatever it does leaves as an effect of its turn.
 */

import type { Effect } from '../machines/step.ts';
import type { Assessment } from '../src/domain/assessment.ts';
import { ledgerHash } from '../src/domain/ledger.ts';
import { ACTORS, type BookMessage, bookId } from '../src/protocol/decision.ts';
import type { BookConfig, EngineConfig } from '../src/protocol/decision-config.ts';
import type { DurableBook } from '../src/protocol/durable.ts';
import type { BookView, ExplainView } from '../src/protocol/views.ts';
import type { Decider, Stamp, Turn } from '../src/runtime/turn.ts';
import { takeAccount } from './book/account-read.ts';
import { reviewAlerts } from './book/alerts.ts';
import {
  executionOf,
  haltingLatches,
  hedgeValue,
  isWorked,
  latch,
  settle,
  tradingValue,
} from './book/assess.ts';
import { trackAttribution } from './book/attribution.ts';
import { takeCommand } from './book/commands.ts';
import { comparePositions } from './book/comparison.ts';
import { drain, type Performers, tell, tellTrading } from './book/dispatch.ts';
import { emptyBook } from './book/empty-book.ts';
import { forgetEvidence, nextRead, noteEarlierFills } from './book/evidence.ts';
import { workFlatten } from './book/flatten.ts';
import { openIntent, performHedge } from './book/hedging.ts';
import {
  takeEngine,
  takeEvaluation,
  takeMarket,
  takeReport,
  takeSuspend,
  takeTimer,
} from './book/inputs.ts';
import { resolveLeftovers } from './book/leftovers.ts';
import { noteLossBase } from './book/loss-base.ts';
import { manualResume } from './book/manual-resume.ts';
import { tellRisk } from './book/money.ts';
import { takeOptionOrders, takeRead } from './book/reports.ts';
import { takeSettings } from './book/settings.ts';
import { type BookState, createBookState } from './book/state.ts';
import { writePrices, writeStatus } from './book/status.ts';
import { bookQuiescent, viewBook, viewExplain } from './book/view.ts';

/** The decider of a book, with what the API may look at. */
export interface Book extends Decider {
  readonly symbol: string;
  view(at: Stamp): BookView;
  explain(at: Stamp): ExplainView;
  /** What the last look at the book found; null before the first. */
  assessment(): Assessment | null;
  quiescent(): boolean;
  /** Shares, by the ledger. */
  owned(): number;
  /** References of orders that may live at the broker, those of sessions before among them. */
  ordersAtRisk(): readonly string[];
  /** Another one with a copy of what this one keeps, which goes on by itself. */
  fork(copy: <T>(value: T) => T): Book;
  machines(): {
    readonly trading: BookState['trading'];
    readonly hedge: BookState['hedge'];
    readonly sinceTrading: number;
    readonly sinceHedge: number;
  };
}

export function createBook(
  config: EngineConfig,
  bookConfig: BookConfig,
  durable: DurableBook | null,
): Book {
  return bookWith(createBookState(config, bookConfig, durable));
}

function bookWith(state: BookState): Book {
  const { symbol } = state.book.settings;
  return {
    id: bookId(symbol),
    symbol,
    receive: (message, turn) => receive(state, message as BookMessage, turn),
    digest: () => digest(state),
    view: (at) => viewBook(state, at),
    explain: (at) => viewExplain(state, at),
    assessment: () => state.assessment,
    quiescent: () => bookQuiescent(state),
    owned: () => state.ledger.sums.owned,
    fork: (copy) => bookWith(copy(state)),
    ordersAtRisk: () => ordersAtRisk(state),
    machines: () => ({
      trading: state.trading,
      hedge: state.hedge,
      sinceTrading: state.sinceTrading,
      sinceHedge: state.sinceHedge,
    }),
  };
}

function ordersAtRisk(state: BookState): readonly string[] {
  const { hedge, recovered, strays } = state;
  const refs = new Set([...recovered, ...strays].map(({ orderRef }) => orderRef));
  const { orderRef } = hedge.context;
  if (orderRef !== null && isWorked(state)) refs.add(orderRef);
  return [...refs];
}

/** What must be equal for two runs to be the same: states, ledger, latches, the last verdict. */
function digest(state: BookState): string {
  const { context } = state.hedge;
  return [
    tradingValue(state),
    hedgeValue(state),
    ledgerHash(state.ledger),
    context.orderRef ?? '-',
    context.filled,
    [...state.latches.keys()].join('+') || '-',
    state.assessment?.signature ?? '-',
  ].join('|');
}

function receive(state: BookState, message: BookMessage, turn: Turn): void {
  switch (message.type) {
    case 'order.tested':
      state.orderTest = message.result;
      state.redeliver = true;
      break;
    case 'evaluation':
      takeEvaluation(state, message.record, turn);
      break;
    case 'engine':
      takeEngine(state, message.engine, turn);
      break;
    case 'broker':
      takeReport(state, message.report, turn);
      break;
    case 'sync':
      takeSync(state, message, turn);
      break;
    case 'market':
      takeMarket(state, message.report, turn);
      break;
    case 'timer':
      takeTimer(state, message.name, turn);
      break;
    case 'suspend':
      takeSuspend(state, message.suspended, message.origin, turn);
      break;
    case 'manual.resume':
      manualResume(state, turn, message);
      break;
    case 'settings':
      takeSettings(state, message.settings, message.configSummary, turn);
      break;
    case 'account.risk':
      state.others = message.others;
      break;
    case 'command':
      takeCommand(state, turn, message);
      break;
    case 'heartbeat':
      trackAttribution(state, turn);
      writeStatus(state, turn, true);
      writePrices(state, turn, message.keepQuotes === true);
      return;
  }
  comeToRest(state, turn);
  emptyBook(state, turn);
  if (state.flatten !== null) workFlatten(state, turn);
  // One that has just ended leaves an order to be taken back.
  if (state.flatten !== null || state.redeliver) comeToRest(state, turn);
  reviewAlerts(state, turn);
  noteLossBase(state, turn);
  noteQuiet(state, turn);
  trackAttribution(state, turn);
  tellRisk(state, turn);
  writeStatus(state, turn, false);
}

function comeToRest(state: BookState, turn: Turn): void {
  drain(state, turn, PERFORMERS);
  settle(state, turn, (assessment) => deliver(state, turn, assessment));
}

/** Hands an assessment to the machines. */
function deliver(state: BookState, turn: Turn, assessment: Assessment): void {
  for (const [index, cause] of assessment.trips.entries()) {
    latch(state, turn, cause, assessment.tripReasons[index] ?? cause);
  }
  wantCancel(state, assessment);
  const execution = executionOf(state);
  // What may keep the order from being filled is said before it is made.
  if (assessment.target !== null) reviewAlerts(state, turn);
  tellTrading(state, {
    type: 'ASSESSED',
    facts: {
      // Whose shares are there, a gate asks: a flatten need not wait for it.
      synced: state.engine.synced,
      causes: [...new Set([...assessment.causes, ...haltingLatches(state)])],
      verdict: assessment.verdict,
      strategyEnabled: state.settings.strategy_enabled,
      dataReady: assessment.dataReady,
      targetAllowed: assessment.target !== null && execution.class === 'E0' && !state.denied,
    },
  });
  drain(state, turn, PERFORMERS);
}

/** `cancel_wanted` is a level: recomputed with every assessment, told when it changes. */
function wantCancel(state: BookState, assessment: Assessment): void {
  const { engine } = state;
  const flattens = isFlattening(state);
  const reasons = [
    engine.stopping && !engine.leaveOrders && 'stopping',
    !engine.leaseHeld && 'lease',
    !flattens && state.flatten !== null && 'flattening',
    !flattens && (engine.suspended || state.suspended) && 'suspended',
    !flattens && haltingLatches(state).length > 0 && 'latched',
    !flattens && state.intent?.purpose === 'flatten' && 'flatten_ended',
    !flattens && state.legs.length === 0 && 'legs_gone',
    !flattens && assessment.unwanted,
  ];
  const reason = reasons.find((one) => typeof one === 'string');
  const wanted = reason !== undefined;
  if (wanted === state.hedge.context.cancelWanted) return;
  tell(state, { type: 'CANCEL_WANTED', wanted, reason: reason ?? '' });
}

/** What is under way closes our shares: only a stop, or the flatten's own end, takes it back. */
function isFlattening(state: BookState): boolean {
  return state.flatten !== null && state.intent?.purpose === 'flatten';
}

const PERFORMERS: Performers = { trading: performTrading, hedge: performHedge };

function performTrading(state: BookState, turn: Turn, effect: Effect): void {
  switch (effect.type) {
    case 'emitTarget': {
      const target = state.assessment?.target;
      if (target) openIntent(state, turn, target);
      break;
    }
    case 'wantCancel':
      if (isFlattening(state)) break;
      tell(state, {
        type: 'CANCEL_WANTED',
        wanted: true,
        reason: String(effect.params['reason']),
      });
      break;
    case 'startTimer': {
      const hold = state.settings.gates.state.safe_hold_seconds * 1000;
      // By the trading clock, which the causes are judged by: a tape is then one run at any speed.
      turn.startTimer('safe_hold', turn.at.trading + hold, 'trading');
      break;
    }
    case 'cancelTimer':
      turn.cancelTimer('safe_hold');
      break;
  }
}

type Sync = Extract<BookMessage, { readonly type: 'sync' }>;

/** The complete read of a (re)connect: the same path at every start and after every outage. */
function takeSync(state: BookState, { read, account, askedAt }: Sync, turn: Turn): void {
  if (state.account === '') state.account = account;
  forgetEvidence(state, turn);
  // Cancels asked before an outage may never have arrived.
  state.leftovers.clear();
  noteEarlierFills(state, turn);
  takeAccount(state, turn, read, nextRead(state, askedAt));
  takeOptionOrders(state, turn, read);
  drain(state, turn, PERFORMERS);
  tell(state, { type: 'broker.synced' });
  resolveLeftovers(state, turn, read);
  drain(state, turn, PERFORMERS);
  // This is the first read; one that was asked for meanwhile would be too near to agree with it.
  state.readId = null;
  if (hedgeValue(state) === 'RECOVER') takeRead(state, turn, read);
  tellTrading(state, { type: 'START' });
  turn.send(ACTORS.daemon, { type: 'book.synced', symbol: state.settings.symbol });
  drain(state, turn, PERFORMERS);
  comparePositions(state, turn);
}

/** While stopping: tells the daemon once that nothing of this book is alive any more. */
function noteQuiet(state: BookState, turn: Turn): void {
  const { engine } = state;
  const left = engine.leaveOrders && ['WORKING', 'PARTIAL'].includes(hedgeValue(state));
  if (!engine.stopping || state.quiet || (executionOf(state).orderInFlight && !left)) return;
  state.quiet = true;
  turn.send(ACTORS.daemon, { type: 'book.quiet', symbol: state.settings.symbol });
}
