/** What the soak says to its two processes, and hears from them. */

export interface HostOptions {
  readonly dataDir: string;
  readonly speed: number;
}

export type HostAnswer = { readonly type: 'listening'; readonly port: number } | Sample;

/** Memory after a full collection; MB. */
export interface Sample {
  readonly type: 'sample';
  /** Exchange time, epoch ms. */
  readonly at: number;
  readonly heap: number;
  /** Outside the heap: buffers. */
  readonly external: number;
  /** What the engine holds for the heap, used or not. */
  readonly heapHeld: number;
  readonly rss: number;
  readonly sessions: number;
  readonly orders: number;
}

export interface ClientsReport {
  readonly type: 'report';
  readonly ticks: number;
  readonly fills: number;
  readonly logins: number;
}
