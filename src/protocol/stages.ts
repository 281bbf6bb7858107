/** The stages of the way from a tick to an order, as they are timed in every thread. */

import { HistogramSet, type HistogramSetDescriptor } from '../runtime/histogram.ts';

/** In their order; each with what it is measured from and to. */
export const STAGES = {
  quote: 'socket read of a tick → its pricing begins',
  price: 'pricing of a book, its record published',
  tick: 'socket read of a tick → the turn that judges it begins',
  turn: 'a turn: its deciders run to completion',
  journal: 'a turn is written to the journal or the tape',
  send: 'the turn of an order is written → the order is handed to the connection',
  order: 'socket read of a tick, or another input → the order that it brought is handed over',
} as const;

export type Stage = keyof typeof STAGES;

export const STAGE_NAMES = Object.keys(STAGES) as readonly Stage[];

/** Opens the stages in another thread; posted as it is. */
export interface StagesDescriptor {
  readonly histograms: HistogramSetDescriptor;
  /**
   * Of the newest order: when its turn was written, and when what brought it came: its tick was
   * read, or its turn began. An order that waits for a cooldown comes with a timer, by no tick.
   */
  readonly order: SharedArrayBuffer;
  /** What of the journal is not shipped, bytes; NaN while that is not known. */
  readonly unshipped: SharedArrayBuffer;
}

export interface Stages {
  readonly descriptor: StagesDescriptor;
  readonly histograms: HistogramSet;
  readonly order: Float64Array;
  readonly unshipped: Float64Array;
  /** Each stage is recorded by one thread. */
  record(stage: Stage, ms: number): void;
}

const INDEX = Object.fromEntries(STAGE_NAMES.map((name, index) => [name, index])) as Readonly<
  Record<Stage, number>
>;

/** New stages, or those of another thread. */
export function openStages(from?: StagesDescriptor): Stages {
  const histograms = new HistogramSet(from?.histograms ?? STAGE_NAMES.length);
  const order = new Float64Array(from?.order ?? new SharedArrayBuffer(16));
  const unshipped = new Float64Array(from?.unshipped ?? new SharedArrayBuffer(8));
  if (from === undefined) unshipped[0] = Number.NaN;
  return {
    descriptor: {
      histograms: histograms.descriptor,
      order: order.buffer as SharedArrayBuffer,
      unshipped: unshipped.buffer as SharedArrayBuffer,
    },
    histograms,
    order,
    unshipped,
    record: (stage, ms) => histograms.record(INDEX[stage], ms),
  };
}
