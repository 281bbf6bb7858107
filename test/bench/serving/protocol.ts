/** What the run says to the processes of the serving benchmark, and hears from them. */

/** A hundred lines: four stocks, and 24 options of each. */
export const STOCKS = 4;
export const OPTIONS_OF_EACH = 24;
export const LINES = STOCKS * (1 + OPTIONS_OF_EACH);
export const CLIENTS = 32;
/** Every line is quoted anew this often; IB's own cadence is 250 ms for stocks, 100 for options. */
export const TICK_MS = 100;

export type ServerCommand = { readonly type: 'usage' };

export type ServerAnswer =
  | {
      readonly type: 'listening';
      readonly port: number;
      /** Of the lines, in the order in which every client asks for them. */
      readonly conIds: readonly number[];
    }
  | Usage;

/** Of the whole process, since it started. */
export interface Usage {
  readonly type: 'usage';
  /** User and system time of all its threads, ms. */
  readonly cpuMs: number;
  readonly elapsedMs: number;
}

export interface ReadersCommand {
  readonly type: 'counts';
}

export type ReadersAnswer = { readonly type: 'subscribed' } | Counts;

export interface Counts {
  readonly type: 'counts';
  readonly clients: number;
  readonly frames: number;
  readonly bytes: number;
}
