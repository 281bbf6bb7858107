/** What a book keeps of the reads by which the account is judged. */

/** A complete read, by when it was asked for. */
export interface AskedRead {
  /** Counted up with each read that this book asks for or is handed. */
  readonly number: number;
  /** Trading time; −Infinity where there was none yet. */
  readonly askedAt: number;
}

/** One that was answered. */
export interface TakenRead extends AskedRead {
  /** Nothing had been told of the account for some seconds before it, and it told nothing new. */
  readonly rested: boolean;
}

export interface EvidenceState {
  /** The newest complete read; null while none came since the broker was found (again). */
  read: TakenRead | null;
  /** Nothing was told of the account since that read. */
  current: boolean;
  /** Reads asked for so far. */
  asked: number;
  /** The read for comparison that is out; `mono`: when it was asked for. */
  out: (AskedRead & { readonly mono: number }) | null;
  /** Mono time at which the last one was asked for. */
  askedMono: number;
  /** Another one is wanted, as soon as the pace allows. */
  again: boolean;
  /** The read that the hedge machine waits for. */
  hedgeRead: AskedRead | null;
  /** A difference that nothing explained, and how many reads had been asked for by then. */
  doubt: { readonly unexplained: number; readonly asked: number } | null;
  /** Trading time since when a comparison waits for the account to come to rest. */
  putOffSince: number | null;
  /** Pieces of news of the account so far: executions and positions that were not known. */
  news: number;
}

/** Before anything was read. */
export function noEvidence(): EvidenceState {
  return {
    read: null,
    current: false,
    asked: 0,
    out: null,
    askedMono: Number.NEGATIVE_INFINITY,
    again: false,
    hedgeRead: null,
    doubt: null,
    putOffSince: null,
    news: 0,
  };
}
