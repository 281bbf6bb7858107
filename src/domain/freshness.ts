/**
 * Is the underlying's quote still true? The broker sends a tick only when something changed, so
 * silence alone proves nothing: a silent line is probed, and is stale when the probe stays
 * unanswered.
 */

import type { ProbeView } from './assessment-input.ts';

/** A probe not answered by then has failed (the specification's 2 s). */
const PROBE_ANSWER_MS = 2000;

/** After a failed probe the next one waits this long: the line may come back without a tick. */
const PROBE_RETRY_MS = 10_000;

export interface FreshnessInput {
  readonly now: number;
  /** The last tick of the underlying; NaN without one. */
  readonly spotTs: number;
  readonly probe: ProbeView;
  /** When prices were subscribed; null: not at all. */
  readonly watchedSince: number | null;
  /** The opening of the hours that `now` lies in; null outside of them. */
  readonly openedAt: number | null;
  readonly staleMs: number;
}

export interface Freshness {
  /** Since the last tick or answered probe, ms; Infinity without either. */
  readonly ageMs: number;
  /** Too old to send an order on. */
  readonly tooOld: boolean;
  /** A cause for SAFE: silent in trading hours, and probes do not answer. */
  readonly stale: boolean;
  readonly needProbe: boolean;
  /** Earliest time after `now` at which silence alone changes one of these; or Infinity. */
  readonly changesAt: number;
}

/** When the quote was last known to be true: its tick, or a probe that was answered. */
export function quoteFreshTs(spotTs: number, probe: Pick<ProbeView, 'answeredAt'>): number {
  return Math.max(atOrNever(spotTs), atOrNever(probe.answeredAt));
}

/** Age from which no order goes out on a quote: quiet, and a probe has had its time. */
export function orderableAgeMs(staleMs: number): number {
  return staleMs + PROBE_ANSWER_MS;
}

/** Whether the underlying may be traded on at `now`, and when time alone says otherwise. */
export function judgeFreshness(input: FreshnessInput): Freshness {
  const { now, probe, watchedSince, openedAt, staleMs } = input;
  const fresh = quoteFreshTs(input.spotTs, probe);
  const tooOldAt = fresh + orderableAgeMs(staleMs);
  const ageMs = now - fresh;
  const tooOld = now >= tooOldAt;
  let changesAt = earlier(Number.POSITIVE_INFINITY, tooOldAt, now);
  if (openedAt === null || watchedSince === null) {
    return { ageMs, tooOld, stale: false, needProbe: false, changesAt };
  }

  // Silence counts from the last sign of life, or from when there could have been a first one.
  const anchor = Math.max(fresh, watchedSince, openedAt);
  const quiet = now >= anchor + staleMs;
  changesAt = earlier(changesAt, anchor + staleMs, now);
  const failedAt = atOrNever(probe.failedAt);
  const askedAt = atOrNever(probe.askedAt);
  const failed = failedAt > anchor;
  const asked = askedAt > anchor;
  if (asked) changesAt = earlier(changesAt, askedAt + PROBE_ANSWER_MS, now);
  if (failed) changesAt = earlier(changesAt, failedAt + PROBE_RETRY_MS, now);
  const unanswered = failed || (asked && now >= askedAt + PROBE_ANSWER_MS);
  const retry = failed && failedAt >= askedAt && now >= failedAt + PROBE_RETRY_MS;
  return {
    ageMs,
    tooOld,
    stale: quiet && unanswered,
    needProbe: quiet && (retry || !(asked || failed)),
    changesAt,
  };
}

/** The earlier of two times, of which the second counts only if it is still to come. */
export function earlier(current: number, candidate: number, now: number): number {
  return candidate > now && candidate < current ? candidate : current;
}

function atOrNever(ts: number | null): number {
  return ts === null || Number.isNaN(ts) ? Number.NEGATIVE_INFINITY : ts;
}
