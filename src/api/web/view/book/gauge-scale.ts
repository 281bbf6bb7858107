/** Where things lie on the net delta gauge, in percent of its width. */

export interface GaugeScale {
  /** Shares at the right end; the left end is its negative. */
  readonly reach: number;
  readonly at: (shares: number) => number;
}

/** Labels closer than this, in percent, would touch on a narrow screen. */
const LABEL_GAP = 9;

/** What of a band lies on the gauge, in shares; without triggers nothing hedges for now. */
export interface GaugeBand {
  readonly low: number;
  readonly high: number;
  readonly trigger_low: number | null;
  readonly trigger_high: number | null;
}

/** Room beyond the threshold, so that what is to be hedged is seen to be beyond it. */
const BEYOND_THRESHOLD = 1.7;
/** Room beyond the needle, so that it never sticks to the end. */
const BEYOND_NEEDLE = 1.15;

export function gaugeScale(netDelta: number | null, band: GaugeBand): GaugeScale {
  const known = netDelta !== null && Number.isFinite(netDelta) ? Math.abs(netDelta) : 0;
  const edges = [band.low, band.high, band.trigger_low ?? 0, band.trigger_high ?? 0];
  const marks = Math.max(...edges.map(Math.abs));
  const reach = Math.max(marks * BEYOND_THRESHOLD, known * BEYOND_NEEDLE, 1);
  // The scale grows in steps: one that follows the needle would hide how far it moves.
  const step = 10 ** Math.floor(Math.log10(reach)) / 4;
  const rounded = Math.ceil(reach / step) * step;
  return {
    reach: rounded,
    at: (shares) => Math.min(100, Math.max(0, 50 + (shares / rounded) * 50)),
  };
}

/** The marks that have room for their label; what comes first in `shares` is kept first. */
export function labelledMarks(scale: GaugeScale, shares: readonly number[]): readonly number[] {
  const kept: number[] = [];
  for (const mark of shares) {
    const crowded = kept.some((other) => Math.abs(scale.at(other) - scale.at(mark)) < LABEL_GAP);
    if (!crowded) kept.push(mark);
  }
  return kept;
}
