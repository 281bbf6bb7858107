/** What the deciders are told once, at boot: written whole into the journal's boot record. */

import type { BookSettings } from '../domain/settings.ts';
import type { DurableState } from './durable.ts';

export interface BookConfig {
  readonly settings: BookSettings;
  /** The book's slot on the boards. */
  readonly slot: number;
}

export interface EngineConfig {
  readonly mode: 'simulated' | 'paper' | 'live';
  readonly liveAccount: string | null;
  readonly deployment: string;
  readonly journalId: string;
  /** Named in status rows, so that a row tells under which settings it was written. */
  readonly configSummary: string;
  readonly lockStep: boolean;
  readonly books: readonly BookConfig[];
  readonly broker: {
    readonly host: string;
    readonly port: number;
    readonly portType: string;
    readonly clientId: number;
    readonly marketDataClientId: number;
    readonly connectTimeoutMs: number;
    readonly retryIntervalMs: number;
    /** `HH:MM-HH:MM` in New York; absent in journals from before it was known. */
    readonly resetWindows?: readonly string[];
  };
  readonly heartbeatMs: number;
  /** Between rows of the history of quotes; absent in journals from before there was one. */
  readonly quoteHistoryMs?: number;
  /** It writes only while it holds a lease; absent in journals from before there was one. */
  readonly ha?: boolean;
}

/** What became of a change of the configuration file; the applied settings stand in it whole. */
export type ConfigInput =
  | {
      readonly type: 'config.applied';
      readonly file: string;
      readonly configSummary: string;
      readonly books: readonly BookSettings[];
      /** Dotted keys that were changed and taken, and those that wait for a restart. */
      readonly taken: readonly string[];
      readonly needsRestart: readonly string[];
    }
  | { readonly type: 'config.refused'; readonly file: string; readonly reason: string };

/** The body of the boot record: with it, and the records behind it, a session can be replayed. */
export interface BootBody {
  readonly type: 'boot';
  readonly version: string;
  /** Of the simulated exchange; null with a real broker. Another exchange is another account. */
  readonly exchangeId: string | null;
  readonly config: EngineConfig;
  readonly durable: DurableState;
}

/** How many boards these books have: their slots count from 0. */
export function slotsOf(books: readonly BookConfig[]): number {
  return 1 + Math.max(0, ...books.map(({ slot }) => slot));
}
