/**
 * The ports through which the API reads and commands the engine. The same API runs inside the
 * daemon and in a monitor process that has only the database: it sees these, nothing behind them.
 */

import type { ControlRequest, ControlResult } from './control.ts';
import type { MoveCount } from './coverage-view.ts';
import type { RiskQuery, RiskView } from './risk-view.ts';
import type { ShadowsView } from './shadow-view.ts';
import type { PnlView, StatisticsView } from './statistics-view.ts';
import type { BookCourseView, CourseQuery, OrderStoryView } from './story-view.ts';
import type {
  ActorView,
  ConfigView,
  ExplainView,
  MachineSummary,
  MachineView,
  OperationsView,
  OperationView,
  StatusView,
  TracedTransition,
  TransitionView,
} from './views.ts';

export interface OperationsQuery {
  readonly since_ts?: number | undefined;
  readonly until_ts?: number | undefined;
  readonly type?: string | undefined;
  readonly symbol?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Reads of the running engine. Each throws `Fault('not_found')` for what does not exist. */
export interface EngineReads {
  status(): StatusView;
  /**
   * A number that is another as soon as anything was decided: while it stands still, `status` can
   * differ by the passing of time alone. Null, or not there, where nobody can tell.
   */
  revision?(): number | null;
  machines(): readonly MachineSummary[];
  machine(id: string): MachineView;
  /**
   * What a machine did lately, newest first, with the guards that were asked, at most `limit`;
   * `refused` adds events that moved nothing.
   */
  transitions(id: string, refused: boolean, limit?: number): readonly TracedTransition[];
  explain(symbol: string): ExplainView;
  config(): ConfigView;
  actors(): readonly ActorView[];
}

/** What a book would gain or lose; computed at the question. */
export interface RiskReads {
  risk(symbol: string, query: RiskQuery): Promise<RiskView>;
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

/** Sums of the newest `days` days of the history. */
export interface StatisticsReads {
  statistics(days: number): Promise<StatisticsView>;
  pnl(symbol: string, days: number): Promise<PnlView>;
}

/** How the shadows of the books did, over the newest `days` days of theirs. */
export interface ShadowReads {
  shadows(days: number): Promise<ShadowsView>;
}

/** What became of an order, and the course of a book. */
export interface StoryReads {
  /** Throws `Fault('not_found')` for an order that the history does not have. */
  order(orderRef: string): Promise<OrderStoryView>;
  course(symbol: string, query: CourseQuery): Promise<BookCourseView>;
}

/** Reads of history; the store answers them. */
export interface HistoryReads extends StatisticsReads, StoryReads, ShadowReads {
  operations(query: OperationsQuery): Promise<OperationsView>;
  transitions(machine: string, limit: number): Promise<readonly TransitionView[]>;
  /** How often it went each way, in its newest transitions. */
  moves(machine: string): Promise<readonly MoveCount[]>;
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
