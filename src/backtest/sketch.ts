/**
 * Statistics of numbers that come one by one, in memory that does not grow with them: moments
 * exactly, quantiles to within one percent of the value.
 */

export interface SketchSummary {
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
  readonly min: number;
  readonly max: number;
  /** By percent: 1, 5, 25, 50, 75, 95, 99. */
  readonly quantiles: Readonly<Record<string, number>>;
}

const PERCENTS = [1, 5, 25, 50, 75, 95, 99];
const GROWTH = Math.log(1.02);
/** Below it a number counts as 0. */
const SMALLEST = 1e-6;

export class Sketch {
  #count = 0;
  #mean = 0;
  #squares = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  readonly #bins = new Map<number, number>();

  add(value: number): void {
    if (!Number.isFinite(value)) return;
    this.#count += 1;
    // Welford's update: no cancellation, whatever the mean is.
    const off = value - this.#mean;
    this.#mean += off / this.#count;
    this.#squares += off * (value - this.#mean);
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    const bin = binOf(value);
    this.#bins.set(bin, (this.#bins.get(bin) ?? 0) + 1);
  }

  get count(): number {
    return this.#count;
  }

  get mean(): number {
    return this.#count === 0 ? Number.NaN : this.#mean;
  }

  /** Of the sample; NaN for fewer than two. */
  get variance(): number {
    return this.#count < 2 ? Number.NaN : this.#squares / (this.#count - 1);
  }

  quantile(share: number): number {
    if (this.#count === 0) return Number.NaN;
    let left = Math.max(1, Math.ceil(share * this.#count));
    for (const bin of [...this.#bins.keys()].sort((a, b) => a - b)) {
      left -= this.#bins.get(bin) ?? 0;
      if (left <= 0) return Math.min(this.#max, Math.max(this.#min, valueIn(bin)));
    }
    return this.#max;
  }

  summary(): SketchSummary | null {
    if (this.#count === 0) return null;
    const quantiles = PERCENTS.map((percent) => [String(percent), this.quantile(percent / 100)]);
    return {
      count: this.#count,
      mean: this.#mean,
      variance: this.#count < 2 ? 0 : this.variance,
      min: this.#min,
      max: this.#max,
      quantiles: Object.fromEntries(quantiles),
    };
  }
}

function binOf(value: number): number {
  const size = Math.abs(value);
  if (size < SMALLEST) return 0;
  return Math.sign(value) * (1 + Math.round(Math.log(size / SMALLEST) / GROWTH));
}

function valueIn(bin: number): number {
  if (bin === 0) return 0;
  return Math.sign(bin) * SMALLEST * Math.exp((Math.abs(bin) - 1) * GROWTH);
}
