/**
 * What the daemon shows of itself, and the ports through which the API reads it. The same API runs
 * inside the daemon and (later) in a monitor process that has only the database: it sees these
 * interfaces and nothing behind them. Field names are a public contract.
 */

import type { BookSettings } from '../domain/settings.ts';
import type { ControlRequest, ControlResult } from './control.ts';

export type SelfCheck = 'ok' | 'degraded' | 'blocked';
export type Lamp = 'green' | 'yellow' | 'red';

export interface HeartbeatView {
  readonly last_ts: number | null;
  readonly hedge_running: boolean;
  readonly daemon_alive: boolean;
  readonly ib_connected: boolean;
  readonly ib_client_id: number | null;
  readonly next_retry_ts: number | null;
  readonly seconds_until_retry: number | null;
  readonly graceful_shutdown_at: number | null;
  readonly heartbeat_interval_sec: number;
}

/** The fields of R-M1a. */
export interface StatusRow {
  readonly daemon_state: string;
  readonly trading_state: string;
  readonly symbol: string;
  readonly spot: number | null;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly net_delta: number | null;
  readonly stock_position: number;
  readonly option_legs_count: number;
  readonly daily_hedge_count: number;
  readonly daily_pnl: number | null;
  readonly data_lag_ms: number | null;
  readonly config_summary: string;
  readonly ts: number;
}

export interface LegView {
  readonly con_id: number;
  readonly label: string;
  readonly expiry: string;
  readonly strike: number;
  readonly right: 'C' | 'P';
  readonly quantity: number;
  readonly multiplier: number;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly iv: number | null;
  readonly quality: string;
  readonly delta: number | null;
  readonly gamma: number | null;
  readonly theta: number | null;
  readonly vega: number | null;
}

export interface StateSpaceView {
  readonly O: string;
  readonly D: string;
  readonly M: string;
  readonly L: string;
  readonly E: string;
  readonly S: string;
}

/** An alert that holds now; its rise and its end are rows of `operations`. */
export interface AlertView {
  readonly id: string;
  /** Null: of the account or the daemon. */
  readonly symbol: string | null;
  /** Unix seconds. */
  readonly since: number;
  readonly text: string;
}

export interface BookView extends StatusRow {
  readonly account: string;
  readonly hedge_state: string;
  readonly state_space: StateSpaceView;
  /** Of the whole book: shares, shares per dollar, USD per day, USD per vol point. */
  readonly greeks: {
    readonly delta: number | null;
    readonly gamma: number | null;
    readonly theta: number | null;
    readonly vega: number | null;
  };
  /** Of the day's P&L, USD by cause; null until it is computed. */
  readonly attribution: Readonly<Record<string, number>> | null;
  readonly foreign_shares: number | null;
  readonly suspended: boolean;
  readonly block_reasons: readonly string[];
  /** Why it does not hedge now, or that it does, in one sentence. */
  readonly why: string;
  readonly band: { readonly low: number; readonly high: number; readonly threshold: number };
  readonly market_closed: boolean;
  readonly legs: readonly LegView[];
  /** What an operator should look at. */
  readonly alerts: readonly AlertView[];
  /** Trading time of the evaluation shown, epoch ms. */
  readonly trading_ts: number | null;
}

export interface PositionView {
  readonly symbol: string;
  readonly secType: 'STK' | 'OPT';
  readonly expiry: string | null;
  readonly strike: number | null;
  readonly right: 'C' | 'P' | null;
  readonly position: number;
  readonly avgCost: number;
  readonly price: number | null;
  readonly unrealized_pnl: number | null;
  /** Of options, in percent of the strike: positive in the money. */
  readonly moneyness: number | null;
}

export interface AccountView {
  readonly account_id: string;
  readonly summary: Readonly<Record<string, string>>;
  readonly positions: readonly PositionView[];
}

export interface StatusView {
  readonly self_check: SelfCheck;
  readonly block_reasons: readonly string[];
  readonly status_lamp: Lamp;
  readonly trading_suspended: boolean;
  readonly daemon_self_check: SelfCheck;
  readonly daemon_lamp: Lamp;
  readonly daemon_block_reasons: readonly string[];
  readonly daemon_heartbeat: HeartbeatView;
  readonly status: StatusRow | null;
  readonly books: readonly BookView[];
  /** Of all books, the account and the daemon. */
  readonly alerts: readonly AlertView[];
  readonly accounts: readonly AccountView[];
  readonly accounts_fetched_at: number | null;
  readonly ib_config: { readonly ib_host: string; readonly ib_port_type: string };
  readonly mode: 'simulated' | 'paper' | 'live';
  /** The broker's time, epoch ms, and whether nothing is under way at it (lock-step drivers). */
  readonly trading_ts: number | null;
  readonly quiescent: boolean;
}

export interface MachineSummary {
  readonly id: string;
  readonly machine: string;
  /** The state value as the machine gives it (a name, or an object for parallel regions). */
  readonly value: unknown;
  readonly label: string;
  /** Wall time, unix seconds, since when it is in this state. */
  readonly since: number;
  readonly parent: string | null;
  /** Public events it would accept now. */
  readonly events: readonly string[];
}

export interface MachineView extends MachineSummary {
  readonly context: unknown;
  /** Events that were refused because no state of the machine knows them, with how often. */
  readonly unknown_events: Readonly<Record<string, number>>;
}

export interface TransitionView {
  readonly ts: number;
  readonly machine: string;
  readonly from: string;
  readonly to: string;
  readonly event: string;
}

/** A guard that was asked in a step of a machine. */
export interface AskedGuardView {
  /** Whose transition it guards; empty for the machine itself. */
  readonly state: string;
  readonly event: string;
  readonly guard: string;
  readonly passed: boolean;
  /** Where that transition leads; null: it stays. */
  readonly target: string | null;
}

export interface FiredTransitionView {
  readonly state: string;
  readonly event: string;
  readonly guard: string | null;
  readonly target: string | null;
  readonly actions: readonly string[];
}

/** A transition with what can still be found out about it. */
export interface TracedTransition extends TransitionView {
  /** Of the turn in the journal. */
  readonly sequence?: number;
  /** In their order; those behind the first have no event of their own. */
  readonly fired?: readonly FiredTransitionView[];
  /** In the order in which they were asked; those that did not pass say why others did not fire. */
  readonly guards?: readonly AskedGuardView[];
  /** Why an actor's life ended. */
  readonly reason?: string;
}

export interface GateView {
  readonly group: 'admission' | 'strategy' | 'state' | 'intent' | 'guard';
  readonly gate: string;
  readonly pass: boolean;
  readonly value: string | number | boolean | null;
  readonly limit: string | number | boolean | null;
  readonly unit: string;
  /** Trading time, epoch ms, at which time alone opens it; null where only a change can. */
  readonly opens_at: number | null;
}

export interface ExplainView {
  readonly symbol: string;
  readonly ts: number;
  readonly trading_state: string;
  readonly hedge_state: string;
  readonly verdict: string;
  readonly why: string;
  readonly gates: readonly GateView[];
  /** The order that would go out if every gate were open; null when there is none to send. */
  readonly would_be_order: {
    readonly side: 'BUY' | 'SELL';
    readonly quantity: number;
    readonly limit_price: number | null;
    readonly target_shares: number;
  } | null;
}

/** The configuration as it is applied now. Times are unix seconds. */
export interface ConfigView {
  readonly summary: string;
  /** Of the last change that was taken; null: as at the start. */
  readonly applied_at: number | null;
  /** Dotted keys whose new values in the file wait for a restart. */
  readonly needs_restart: readonly string[];
  /** The file's last change could not be taken; null when it could. */
  readonly refused: { readonly ts: number; readonly reason: string } | null;
  readonly books: readonly BookSettings[];
}

export interface ActorView {
  readonly id: string;
  readonly placement: string;
  readonly state: string;
  readonly restarts: number;
  readonly mailbox_depth: number;
  readonly mailbox_high: number;
  readonly messages: number;
  /** Lately, taken over a second or more between two looks. */
  readonly messages_per_second: number;
  /** Messages that its mailbox dropped for newer ones. */
  readonly dropped: number;
  /** Messages that found its mailbox full. */
  readonly refused: number;
  /** Messages that found it dead, died with it, or are none that it knows. */
  readonly dead_letters: number;
  /** The type of the latest of them that was sampled. */
  readonly last_dead_letter: string | null;
  /** The share of its time that its thread's event loop was busy, lately: 0 to 1. */
  readonly event_loop_use: number;
  readonly last_error: string | null;
  /** With the frames of the thread it was born in. */
  readonly last_error_stack: string | null;
}

export interface OperationView {
  readonly id: number;
  readonly ts: number;
  readonly type: string;
  readonly side: string | null;
  readonly quantity: number | null;
  readonly price: number | null;
  readonly state_reason: string;
  readonly symbol: string;
  readonly account: string | null;
  readonly order_ref: string | null;
  readonly perm_id: number | null;
  readonly exec_id: string | null;
  readonly commission: number | null;
}

export interface OperationsQuery {
  readonly since_ts?: number | undefined;
  readonly until_ts?: number | undefined;
  readonly type?: string | undefined;
  readonly symbol?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface OperationsView {
  readonly operations: readonly OperationView[];
  readonly next_cursor: string | null;
}

/** Reads of the running engine. Each throws `Fault('not_found')` for what does not exist. */
export interface EngineReads {
  status(): StatusView;
  machines(): readonly MachineSummary[];
  machine(id: string): MachineView;
  /**
   * What a machine did lately, newest first, with the guards that were asked; `refused` adds events
   * that moved nothing.
   */
  transitions(id: string, refused: boolean): readonly TracedTransition[];
  explain(symbol: string): ExplainView;
  config(): ConfigView;
  actors(): readonly ActorView[];
}

/** Commands to the running engine; resolved when the turn that took them has been journaled. */
export interface EngineControls {
  control(request: ControlRequest): Promise<ControlResult>;
  /** `daemon`, `trading:NVDA`, `hedge:NVDA`. */
  machineEvent(
    id: string,
    event: { readonly type: string },
    origin: string,
  ): Promise<ControlResult>;
}

/** Reads of history; the store answers them. */
export interface HistoryReads {
  operations(query: OperationsQuery): Promise<OperationsView>;
  transitions(machine: string, limit: number): Promise<readonly TransitionView[]>;
}

export type FeedEvent =
  | { readonly kind: 'status'; readonly data: StatusView }
  | { readonly kind: 'transition'; readonly data: TracedTransition }
  | { readonly kind: 'operation'; readonly data: Omit<OperationView, 'id'> }
  | { readonly kind: 'actor'; readonly data: ActorView };

/** The live feed behind `GET /events`. Ids grow by one; a bounded past can be resumed. */
export interface EventFeed {
  /** Returns the function that ends the subscription. Events after `afterId` come first. */
  subscribe(listener: (id: number, event: FeedEvent) => void, afterId?: number): () => void;
}
