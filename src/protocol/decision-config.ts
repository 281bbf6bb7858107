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
  };
  readonly heartbeatMs: number;
}

/** The body of the boot record: with it, and the records behind it, a session can be replayed. */
export interface BootBody {
  readonly type: 'boot';
  readonly version: string;
  /** Of the simulated exchange; null with a real broker. Another exchange is another account. */
  readonly exchangeId: string | null;
  readonly config: EngineConfig;
  readonly durable: DurableState;
}
