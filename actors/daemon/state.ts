/** What the daemon decider keeps; changed only inside a turn. */

import {
  createDaemonMachine,
  type DaemonEvent,
  type DaemonSnapshot,
} from '../../machines/daemon.ts';
import { start } from '../../machines/step.ts';
import type { Said } from '../../src/domain/alerts.ts';
import type { StockContract } from '../../src/domain/contract.ts';
import type { AccountReport, BrokerRead, PositionReport } from '../../src/protocol/broker.ts';
import type { ControlRequest, ControlResult } from '../../src/protocol/control.ts';
import { dated } from '../../src/protocol/dated.ts';
import type { DaemonMessage, EngineState, OrderTestResult } from '../../src/protocol/decision.ts';
import type { EngineConfig } from '../../src/protocol/decision-config.ts';
import type { DurableState } from '../../src/protocol/durable.ts';
import type { WatchedBook } from '../../src/protocol/market.ts';
import type { ParityCheck } from '../../src/protocol/parity.ts';
import type { Turn } from '../../src/runtime/turn.ts';

/** Steps the daemon machine and performs what it names. */
export type SendEvent = (event: DaemonEvent) => void;

export type DaemonMachine = ReturnType<typeof createDaemonMachine>;

/** A command on its way through the books that it concerns. */
interface AskedBooks {
  readonly request: ControlRequest;
  readonly waiting: Set<string>;
  readonly results: ControlResult[];
}

interface OrderTest {
  readonly testId: string;
  /** As it was answered last; `asked` before the first answer. */
  readonly outcome: OrderTestResult['outcome'] | 'asked';
  readonly waiting: boolean;
}

/** All that the engine's state for the books is made of. */
export interface EngineSource {
  readonly snapshot: DaemonSnapshot;
  readonly clientId: number | null;
  readonly config: EngineConfig;
  readonly leaseHeld: boolean;
  readonly marketUp: boolean;
}

export interface DaemonData {
  /** As it is applied now. */
  config: EngineConfig;
  /** What became of changes of its file since the start; times are unix seconds. */
  reload: {
    readonly appliedAt: number | null;
    readonly needsRestart: readonly string[];
    readonly refused: { readonly ts: number; readonly reason: string } | null;
  };
  readonly machine: DaemonMachine;
  snapshot: DaemonSnapshot;
  /** Wall time, ms, of the last transition. */
  since: number;
  /** As it was told to the books last. */
  engine: EngineState | null;
  /** What that was made of. */
  toldOf: EngineSource | null;
  suspended: boolean;
  /** True where no lease is needed. */
  leaseHeld: boolean;
  /** The writer before, where it has not said that it ended. */
  predecessor: string | null;
  heartbeatMs: number;
  /** Mono time of the last heartbeat whose prices are kept. */
  quotesKeptAt: number;
  /** Books whose shares are being closed. */
  readonly flattening: Set<string>;
  /** Commands that books have to answer, by request id. */
  readonly asked: Map<number, AskedBooks>;
  accounts: readonly string[];
  /** By symbol, the account that its ledger is of; empty before the first sync. */
  readonly accountOf: Map<string, string>;
  readonly summaries: Map<string, AccountReport>;
  /** By account and contract id. */
  positions: Map<string, PositionReport>;
  accountsFetchedAt: number | null;
  readonly watched: Map<string, WatchedBook>;
  /** Alerts of the account and the daemon that hold; `since` is wall time, unix seconds. */
  readonly alerts: Map<string, { readonly id: string; readonly since: number } & Said>;
  /** By symbol, what each book adds to the risk of its account. */
  readonly risks: Map<string, Extract<DaemonMessage, { readonly type: 'book.risk' }>>;
  /** Accounts whose books have not heard the newest of them. */
  readonly untoldRisks: Set<string>;
  /** Symbols whose contract the broker has named, or could not. */
  readonly terms: Map<string, 'found' | 'failed'>;
  /** By symbol, once the broker has named it. */
  readonly underlyings: Map<string, StockContract>;
  /** The symbol of each execution that was told lately, by its id without revision. */
  readonly executions: Map<string, string>;
  /** By symbol: what the broker said to an order that is never worked, on this connection. */
  readonly orderTests: Map<string, OrderTest>;
  /** Books that have not taken the current sync. */
  syncing: Set<string>;
  readCount: number;
  syncRead: string | null;
  /** Trading time at which it was asked for; −Infinity before the broker's first time. */
  syncAskedAt: number;
  readDone: boolean;
  /** A complete read that came before the broker's time: nothing can be dated until then. */
  pendingRead: BrokerRead | null;
  market: { up: boolean; everUp: boolean; clientId: number | null; reason: string };
  /** Actors that are down, with the reason. */
  readonly down: Map<string, string>;
  sink: 'ok' | 'behind' | 'down';
  disk: 'ok' | 'low' | 'full';
  recorderFailed: boolean;
  /** The latest replay of the journal; null before the first. */
  parity: ParityCheck | null;
  /** The tape could not be written, and the operator was told. */
  tapeLost: boolean;
  farms: Map<string, boolean>;
  /** Market-data farms that are broken. */
  readonly farmsDown: Set<string>;
  /** Mono and wall time of the next connection attempt. */
  retryAt: number | null;
  stoppingSince: number | null;
  readonly quiet: Set<string>;
  orderLeftLive: boolean;
  /** Why this login must not be traded on; the daemon stops with it. */
  refusal: string | null;
  brokerTime: number | null;
  marketTime: number | null;
  clientId: number | null;
  lastHeartbeat: number | null;
}

export function createDaemonData(
  config: EngineConfig,
  known: DurableState,
  accounts: ReadonlyMap<string, string>,
): DaemonData {
  const { suspended } = known;
  const machine = createDaemonMachine({ suspended });
  return {
    config,
    reload: { appliedAt: null, needsRestart: [], refused: null },
    machine,
    snapshot: start(machine, undefined as never).snapshot,
    since: 0,
    engine: null,
    toldOf: null,
    suspended,
    leaseHeld: config.ha !== true,
    predecessor: null,
    heartbeatMs: heartbeatMsOf(config, known),
    quotesKeptAt: Number.NEGATIVE_INFINITY,
    flattening: new Set(),
    asked: new Map(),
    accounts: [],
    accountOf: new Map(accounts),
    summaries: new Map(),
    positions: new Map(),
    accountsFetchedAt: null,
    watched: new Map(),
    alerts: new Map(),
    risks: new Map(),
    untoldRisks: new Set(),
    terms: new Map(),
    underlyings: new Map(),
    executions: new Map(),
    orderTests: new Map(),
    syncing: new Set(),
    readCount: 0,
    syncRead: null,
    syncAskedAt: Number.NEGATIVE_INFINITY,
    readDone: false,
    pendingRead: null,
    market: { up: false, everUp: false, clientId: null, reason: '' },
    down: new Map(),
    sink: 'ok',
    disk: 'ok',
    recorderFailed: false,
    parity: null,
    tapeLost: false,
    farms: new Map(),
    farmsDown: new Set(),
    retryAt: null,
    stoppingSince: null,
    quiet: new Set(),
    orderLeftLive: false,
    refusal: null,
    brokerTime: null,
    marketTime: null,
    clientId: null,
    lastHeartbeat: null,
  };
}

/** What was set by hand stays, until the configuration says another than it did then. */
function heartbeatMsOf({ heartbeatMs }: EngineConfig, { heartbeat }: DurableState): number {
  const stands = heartbeat !== undefined && heartbeat.configuredS * 1000 === heartbeatMs;
  return stands ? heartbeat.intervalS * 1000 : heartbeatMs;
}

/** The underlyings of all books, as configured. */
export function symbolsOf(data: DaemonData): readonly string[] {
  return data.config.books.map((book) => book.settings.symbol);
}

/** A row that a human should see. */
export function alert(data: DaemonData, turn: Turn, stateReason: string): void {
  const book = data.config.books[0];
  turn.fact({
    fact: 'operation',
    ...dated(turn),
    type: 'alert',
    symbol: book?.settings.symbol ?? '',
    account: book?.settings.account ?? data.accounts[0] ?? '',
    conId: 0,
    side: null,
    quantity: null,
    price: null,
    stateReason,
    orderRef: null,
    permId: null,
    execId: null,
    commission: null,
  });
}
