/** A curve over time that keeps its shape in bounded memory, and its deepest fall exactly. */

export type Point = readonly [ts: number, value: number];

/** Points kept at most; a chart has fewer pixels. */
const POINTS_MAX = 4000;

export class Curve {
  #points: Point[] = [];
  /** Every so many-th point is kept. */
  #stride = 1;
  #seen = 0;
  #last: Point | null = null;

  add(ts: number, value: number): void {
    this.#last = [ts, value];
    if (this.#seen % this.#stride === 0) this.#points.push([ts, value]);
    this.#seen += 1;
    if (this.#points.length < POINTS_MAX) return;
    this.#points = this.#points.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }

  /** The newest point is always among them. */
  points(): readonly Point[] {
    const last = this.#last;
    if (last === null || this.#points.at(-1)?.[0] === last[0]) return this.#points;
    return [...this.#points, last];
  }
}

/** The deepest fall from a peak, and how long the longest time below a peak was. */
export class Drawdown {
  depth = 0;
  /** Milliseconds from a peak until it was reached again, or until now. */
  lengthMs = 0;
  #peak = Number.NEGATIVE_INFINITY;
  #peakTs = Number.NaN;
  #isBelow = false;

  add(ts: number, value: number): void {
    if (value >= this.#peak) {
      if (this.#isBelow) this.lengthMs = Math.max(this.lengthMs, ts - this.#peakTs);
      this.#isBelow = false;
      this.#peak = value;
      this.#peakTs = ts;
      return;
    }
    this.#isBelow = true;
    this.depth = Math.max(this.depth, this.#peak - value);
    this.lengthMs = Math.max(this.lengthMs, ts - this.#peakTs);
  }
}
