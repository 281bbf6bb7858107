/**
 * What became true in a turn and must not be forgotten. Facts stand in the journal record of the
 * turn, before its effects leave; the persistence actor ships them from there to the database, and
 * a starting daemon rebuilds what it knows from them. One list serves both, so that the history
 * which people read and the memory which the engine trusts cannot differ.
 *
 * `ts` is wall time in unix seconds, as the database's columns want it; `tradingTs` is the
 * broker's time in epoch ms.
 */

import type { HedgeMemory } from '../domain/assessment-input.ts';
import type { Attribution } from '../domain/attribution.ts';
import type { LatchedCause } from '../domain/causes.ts';
import type { Contract, OptionContract } from '../domain/contract.ts';
import type { DayAttribution, HedgeAttribution } from '../domain/day-attribution.ts';
import type { AdjustmentKind } from '../domain/ledger.ts';
import type { HeldLeg } from '../domain/legs.ts';
import type { OrderPurpose, OrderSide } from '../domain/order.ts';
import type { CommissionReport, ExecutionReport } from './broker.ts';
import type { ParityCheck } from './parity.ts';
import type { ShadowRow } from './shadows.ts';

export type OperationType =
  | 'hedge_intent'
  | 'order_sent'
  | 'fill'
  | 'reject'
  | 'cancel'
  | 'modify'
  | 'denied'
  | 'unresolved'
  | 'alert'
  | 'foreign_change'
  | 'control';

interface Dated {
  readonly ts: number;
  readonly tradingTs: number;
}

/** A row of `operations`. Quantities are positive, `side` carries the sign. */
export interface OperationFact extends Dated {
  readonly fact: 'operation';
  readonly type: OperationType;
  readonly symbol: string;
  readonly account: string;
  readonly conId: number;
  readonly side: OrderSide | null;
  readonly quantity: number | null;
  readonly price: number | null;
  readonly stateReason: string;
  readonly orderRef: string | null;
  readonly permId: number | null;
  readonly execId: string | null;
  readonly commission: number | null;
}

/** An intent was opened, or ended with its one output. Recovery asks for those not ended. */
export interface IntentFact extends Dated {
  readonly fact: 'intent';
  readonly symbol: string;
  readonly account: string;
  readonly orderRef: string;
  readonly purpose: OrderPurpose;
  readonly side: OrderSide;
  readonly quantity: number;
  /** USD per share at first; a modify changes it. */
  readonly limitPrice: number;
  readonly targetShares: number;
  /** Mid at the decision, USD. */
  readonly spot: number;
  /** `null` while it is open. */
  readonly outcome: string | null;
  readonly filled: number;
}

/** Where an order of ours stands now; append-only, the newest row counts. */
export interface OrderFact extends Dated {
  readonly fact: 'order';
  readonly symbol: string;
  readonly account: string;
  readonly conId: number;
  readonly orderRef: string;
  readonly orderId: number;
  readonly permId: number;
  readonly clientId: number;
  readonly side: OrderSide;
  readonly quantity: number;
  readonly limitPrice: number | null;
  readonly status: string;
  readonly filled: number;
}

export interface ExecutionFact extends Dated {
  readonly fact: 'execution';
  readonly execution: ExecutionReport;
}

export interface CommissionFact extends Dated {
  readonly fact: 'commission';
  readonly symbol: string;
  readonly account: string;
  readonly commission: CommissionReport;
}

/** Shares that became ours, or ceased to be, without an order of ours. Signed. */
export interface AdjustmentFact extends Dated {
  readonly fact: 'adjustment';
  readonly symbol: string;
  readonly account: string;
  /** Unique: the journal's id and sequence. */
  readonly id: string;
  readonly kind: AdjustmentKind;
  readonly shares: number;
  readonly price: number;
  readonly reason: string;
}

export interface LegFact extends Dated {
  readonly fact: 'leg';
  readonly symbol: string;
  readonly account: string;
  readonly contract: OptionContract;
  /** `confirmed`, `excluded`: the operator's word on whether it is a member. */
  readonly change: 'joined' | 'left' | 'quantity' | 'confirmed' | 'excluded';
  readonly quantity: number;
  /** The member as it is now (for `left`, as it was). */
  readonly leg: HeldLeg;
  readonly reason: string;
}

export interface LatchFact extends Dated {
  readonly fact: 'latch';
  readonly symbol: string;
  readonly account: string;
  readonly cause: LatchedCause;
  readonly set: boolean;
  readonly reason: string;
}

/** The suspended flag, global (`symbol` null) or of one book. */
export interface SuspendedFact extends Dated {
  readonly fact: 'suspended';
  readonly symbol: string | null;
  readonly suspended: boolean;
  readonly origin: string;
}

/** The operator set the interval of the heartbeat, in seconds. */
export interface HeartbeatIntervalFact extends Dated {
  readonly fact: 'heartbeatInterval';
  readonly intervalS: number;
  /** What the configuration said at that time: where it says another, it is the newer word. */
  readonly configuredS: number;
}

/** Without the times of orders, which stand in the operations that sent them. */
export type LastingMemory = Omit<HedgeMemory, 'orderTimes'>;

/** What the gates remember of the hedges so far; the newest counts. */
export interface HedgeMemoryFact extends Dated {
  readonly fact: 'hedgeMemory';
  readonly symbol: string;
  readonly account: string;
  readonly memory: LastingMemory;
}

/** An interval of a book's day has ended: where its P&L came from. */
export interface AttributionFact extends Dated {
  readonly fact: 'attribution';
  readonly symbol: string;
  readonly account: string;
  /** Trading time at which it began. */
  readonly from: number;
  readonly spotStart: number;
  readonly spotEnd: number;
  /** Owned throughout. */
  readonly shares: number;
  /** The order whose fill ended it; null where time did. */
  readonly orderRef: string | null;
  readonly split: Attribution;
  /** The hedge before, once its commission was told. */
  readonly hedge: HedgeAttribution | null;
  /** The day up to now; the newest counts. */
  readonly kept: DayAttribution;
}

/** A row of `status_current` and `status_history`. */
export interface StatusFact extends Dated {
  readonly fact: 'status';
  readonly daemonState: string;
  readonly tradingState: string;
  readonly hedgeState: string;
  readonly symbol: string;
  readonly account: string;
  readonly conId: number;
  readonly slot: number;
  readonly spot: number | null;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly netDelta: number | null;
  readonly stockPosition: number;
  readonly foreignShares: number | null;
  readonly optionLegsCount: number;
  readonly dailyHedgeCount: number;
  readonly dailyPnl: number | null;
  readonly dataLagMs: number | null;
  readonly configSummary: string;
}

/** A row of `daemon_heartbeat`. Times are unix seconds. */
export interface HeartbeatFact extends Dated {
  readonly fact: 'heartbeat';
  readonly hedgeRunning: boolean;
  readonly ibConnected: boolean;
  readonly ibClientId: number | null;
  readonly nextRetryTs: number | null;
  readonly secondsUntilRetry: number | null;
  readonly gracefulShutdownAt: number | null;
  readonly heartbeatIntervalS: number;
  readonly suspended: boolean;
}

export interface AccountFact extends Dated {
  readonly fact: 'account';
  readonly account: string;
  readonly values: Readonly<Record<string, string>>;
}

/** All positions of an account, or (with `whole` false) one that changed. */
export interface PositionsFact extends Dated {
  readonly fact: 'positions';
  readonly account: string;
  readonly whole: boolean;
  readonly positions: readonly {
    readonly contract: Contract;
    readonly quantity: number;
    readonly avgCost: number;
  }[];
}

export interface PricesFact extends Dated {
  readonly fact: 'prices';
  /** They are kept in the history of quotes, too; absent: they only are the newest. */
  readonly kept?: true;
  readonly prices: readonly {
    readonly contract: Contract;
    readonly last: number | null;
    readonly bid: number | null;
    readonly ask: number | null;
    readonly mid: number | null;
  }[];
}

/** A machine changed its state. */
export interface TransitionFact extends Dated {
  readonly fact: 'transition';
  readonly machine: string;
  readonly from: string;
  readonly to: string;
  readonly event: string;
}

/** A control command, whoever gave it, and what came of it. */
export interface ControlFact extends Dated {
  readonly fact: 'control';
  readonly command: string;
  readonly origin: string;
  readonly symbol: string | null;
  readonly ok: boolean;
  readonly message: string;
}

/** What a shadow of a book, or the book itself beside its shadows, did in a day of a session. */
export interface ShadowFact extends Dated {
  readonly fact: 'shadow';
  readonly row: ShadowRow;
}

/** The journal was replayed, and what came of it. */
export interface ParityFact extends Dated {
  readonly fact: 'parity';
  readonly check: ParityCheck;
}

export type Fact =
  | OperationFact
  | IntentFact
  | OrderFact
  | ExecutionFact
  | CommissionFact
  | AdjustmentFact
  | LegFact
  | LatchFact
  | SuspendedFact
  | HeartbeatIntervalFact
  | HedgeMemoryFact
  | AttributionFact
  | StatusFact
  | HeartbeatFact
  | AccountFact
  | PositionsFact
  | PricesFact
  | TransitionFact
  | ControlFact
  | ShadowFact
  | ParityFact;
