/**
 * What the deciders say to each other and hear from the rest: the daemon decider is the hub that
 * takes reports of the broker and of market data and hands each book what concerns it. A message
 * from outside is the input of a turn and stands in the journal as it is, so all of it is plain
 * data without NaN or `undefined`.
 */

import type { OrderMargin } from '../domain/order-test.ts';
import type { BookSettings } from '../domain/settings.ts';
import type { BrokerRead, BrokerReport } from './broker.ts';
import type { BookCommand, ControlRequest, ControlResult } from './control.ts';
import type { BootBody, ConfigInput } from './decision-config.ts';
import type { MarketReport, WatchedBook } from './market.ts';
import type { ParityCheck } from './parity.ts';
import type { TapeLoss } from './records.ts';
import type { ShadowReport } from './shadows.ts';

/** Ids of the actors that meet in messages. */
export const ACTORS = {
  daemon: 'daemon',
  broker: 'broker',
  market: 'market-data',
  greeks: 'greeks',
  persistence: 'persistence',
  gateway: 'gateway',
  recorder: 'recorder',
  shadows: 'shadows',
  /** Where answers to control requests go. */
  control: 'control',
} as const;

/** The id of a book's decider. */
export function bookId(symbol: string): string {
  return `book:${symbol}`;
}

/** What the daemon machine makes of the whole, told to every book when it changes. */
export interface EngineState {
  /** In `operating`; everything else is `broker_down` to a book. */
  readonly brokerUp: boolean;
  /** A complete sync since the last (re)connect. */
  readonly synced: boolean;
  readonly stopping: boolean;
  /** Stopping, and working orders are to be left alive. */
  readonly leaveOrders: boolean;
  readonly standby: boolean;
  /** Nobody else may write now; true where no lease is configured. */
  readonly leaseHeld: boolean;
  readonly suspended: boolean;
  readonly flattening: boolean;
  /** Reasons that hold for all books. */
  readonly degraded: readonly string[];
  /** The market-data connection is up. */
  readonly marketUp: boolean;
  readonly daemonState: string;
}

/** What one book, or several together, add to the risk of their account. */
export interface AccountRisk {
  /** Trading day of the sums, `YYYYMMDD`. */
  readonly day: string;
  /** USD; null when not known. */
  readonly dailyPnl: number | null;
  /** USD traded today, and what working orders may still trade. */
  readonly turnover: number;
  /** Trading times of orders of the last minute, ascending. */
  readonly orderTimes: readonly number[];
}

/** Of no book at all: nothing has moved. */
export const NO_RISK: AccountRisk = { day: '', dailyPnl: 0, turnover: 0, orderTimes: [] };

/** What the daemon decider hears. */
export type DaemonMessage =
  | BootBody
  | ConfigInput
  | { readonly type: 'broker'; readonly report: BrokerReport }
  | { readonly type: 'market'; readonly report: MarketReport }
  | { readonly type: 'timer'; readonly name: string; readonly due: number }
  | { readonly type: 'control'; readonly request: ControlRequest; readonly requestId: number }
  | {
      readonly type: 'machine.event';
      readonly machine: string;
      readonly event: string;
      readonly origin: string;
      readonly requestId: number;
    }
  /** An actor outside went down, or serves again and has to be told everything anew. */
  | { readonly type: 'actor'; readonly id: string; readonly up: boolean; readonly reason: string }
  /** `down`: away, and rows wait. `behind`: more of them wait than the configuration allows. */
  | { readonly type: 'sink'; readonly state: 'ok' | 'behind' | 'down'; readonly reason: string }
  /** The room that is left on the journal's disk. */
  | {
      readonly type: 'disk';
      readonly state: 'ok' | 'low' | 'full';
      readonly freeBytes: number;
    }
  /** The recorder of quotes, which nothing waits for; `off`: there is none any more. */
  | {
      readonly type: 'recorder';
      readonly state: 'off' | 'ok' | 'failed';
      readonly reason: string;
    }
  /** The journal was replayed; `known`: before this session began. No decision looks at it. */
  | { readonly type: 'parity'; readonly check: ParityCheck; readonly known: boolean }
  /** What the shadows did; no decision looks at it. */
  | ShadowReport
  | TapeLoss
  /** The lease was won, renewed after its end, or is over; `ha` alone. */
  | {
      readonly type: 'lease';
      readonly state: 'held' | 'over';
      readonly epoch: number;
      /** The writer before, where it has not said that it ended; absent: none. */
      readonly predecessor?: string;
    }
  /** From a book: what it needs watched and priced. */
  | { readonly type: 'book.watch'; readonly watch: WatchedBook }
  /** From a book: what it adds to the risk of its account. */
  | {
      readonly type: 'book.risk';
      readonly symbol: string;
      readonly account: string;
      readonly risk: AccountRisk;
    }
  /** From a book: it has taken the sync, and what became of it. */
  | { readonly type: 'book.synced'; readonly symbol: string }
  /** From a book: what it says to a command. */
  | {
      readonly type: 'book.answer';
      readonly symbol: string;
      readonly requestId: number;
      readonly result: ControlResult;
    }
  /** From a book: its flatten has ended, with so many owned shares left. */
  | {
      readonly type: 'book.flattened';
      readonly symbol: string;
      readonly residual: number;
      readonly reason: string;
    }
  /** From a book while stopping: no order of it is alive, or the one that is shall be left. */
  | { readonly type: 'book.quiet'; readonly symbol: string };

/** The answer to a control request, to whoever waits for it. */
export interface ControlAnswer {
  readonly type: 'control.answer';
  readonly requestId: number;
  readonly result: ControlResult;
}

/** What came of the question whether orders would be taken. */
export interface OrderTestResult {
  readonly outcome: 'taken' | 'refused' | 'unanswered';
  /** Of the error that refused it; 0 for none. */
  readonly code: number;
  readonly message: string;
  /** Absent where the order was not priced. */
  readonly margin?: OrderMargin;
}

/** What a book's decider hears. */
export type BookMessage =
  | { readonly type: 'engine'; readonly engine: EngineState }
  | { readonly type: 'broker'; readonly report: BrokerReport }
  /** The complete read of a (re)connect: the truth to compare with before anything is armed. */
  | {
      readonly type: 'sync';
      readonly read: BrokerRead;
      readonly account: string;
      /** Trading time at which the read was asked for; −Infinity before the broker's first time. */
      readonly askedAt: number;
    }
  | { readonly type: 'market'; readonly report: MarketReport }
  | { readonly type: 'order.tested'; readonly result: OrderTestResult }
  | { readonly type: 'evaluation'; readonly record: Float64Array }
  | { readonly type: 'timer'; readonly name: string; readonly due: number }
  | { readonly type: 'suspend'; readonly suspended: boolean; readonly origin: string }
  /** Clears latched causes that no longer hold; the book itself answers the request. */
  | {
      readonly type: 'manual.resume';
      readonly reason: string;
      readonly allowanceUsd: number | null;
      readonly origin: string;
      readonly requestId: number;
    }
  /** What the other books of its account add to their risk. */
  | { readonly type: 'account.risk'; readonly others: AccountRisk }
  /** Answered with `book.answer`. */
  | {
      readonly type: 'command';
      readonly control: BookCommand;
      readonly origin: string;
      readonly requestId: number;
    }
  /** The configuration changed while the daemon runs. */
  | {
      readonly type: 'settings';
      readonly settings: BookSettings;
      readonly configSummary: string;
    }
  /** `keepQuotes`: prices are kept in the history with this one. */
  | { readonly type: 'heartbeat'; readonly keepQuotes?: true };
