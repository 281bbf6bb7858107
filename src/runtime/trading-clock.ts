/**
 * The broker's time, as well as it can be known: the calendar, cooldowns and daily keys run on it.
 *
 * Live, the broker tells whole seconds, so each answer only says that the time is in
 * [ts, ts + 1000). The offsets that all answers allow are kept as an interval: asked again until
 * the second flips, it shrinks to the time between two questions. What is shown follows the middle
 * of the interval, gently and never backwards. In lock-step the time is exactly what was last told
 * and stands still in between.
 */

import assert from 'node:assert/strict';
import type { Clock, Timer } from './clock.ts';
import { TimerHeap } from './timer-heap.ts';

export interface TradingClockOptions {
  readonly mono: Clock;
  readonly mode: 'live' | 'lockstep';
  /** Trading milliseconds per monotonic one: 1, or up to 10 against a simulated gateway. */
  readonly rate: number;
}

export interface TradingClock {
  /** Epoch milliseconds; NaN before the first sync. Never goes back. */
  now(): number;
  readonly synced: boolean;
  /** Tells the broker's time, epoch ms. In lock-step the timers due fire here, in order. */
  sync(brokerTs: number): void;
  /** Calls `fire` once when `now() >= dueTs`, never from inside this call. */
  setTimerAt(dueTs: number, fire: () => void): Timer;
  /** Timers that are due and have not fired. */
  dueTimers(): number;
  /** When the next timer is due, epoch ms; undefined when none is set. */
  nextDue(): number | undefined;
  /**
   * How far the broker's last answer lay from this clock before it was corrected: positive when
   * the broker is ahead; 0 while the answer is within its resolution.
   */
  skewMs(): number;
}

/** What the broker's time is rounded down to. */
export const RESOLUTION_MS = 1000;
/** Beyond this the clocks do not drift, they disagree: `clock_skew`. */
export const CLOCK_SKEW_MS = 2000;
/** An answer that took longer says too little about now to be told to `sync`. */
export const TIME_RTT_MAX_MS = 1000;
/** How much faster or slower it runs while it corrects itself: half a second takes ten. */
const SLEW = 0.05;
/** How fast two quartz clocks part; what an old answer allows widens by it. */
const DRIFT = 200e-6;
/** Timers fired without a break; more are left to the next turn of the event loop. */
const FIRED_PER_TURN_MAX = 1000;

export function createTradingClock(options: TradingClockOptions): TradingClock {
  assert(options.rate > 0 && Number.isFinite(options.rate), 'time goes on');
  const time = options.mode === 'live' ? liveTime(options.mono, options.rate) : lockstepTime();
  const timers = new TimerHeap();
  let armed: Timer | undefined;

  const fireDue = (): void => {
    armed = undefined;
    try {
      for (let fired = 0; fired < FIRED_PER_TURN_MAX; fired += 1) {
        const timer = timers.takeDue(time.now());
        if (timer === undefined) break;
        timer.fire();
      }
    } finally {
      arm();
    }
  };

  const arm = (): void => {
    armed?.cancel();
    armed = undefined;
    const due = timers.nextDue();
    const wait = due === undefined ? Number.POSITIVE_INFINITY : time.monoUntil(due);
    if (Number.isFinite(wait)) armed = options.mono.setTimer(wait, fireDue);
  };

  return {
    now: time.now,
    get synced() {
      return !Number.isNaN(time.now());
    },
    sync(brokerTs) {
      assert(Number.isFinite(brokerTs), 'the broker tells a time');
      time.sync(brokerTs);
      if (options.mode === 'lockstep') fireDue();
      else arm();
    },
    setTimerAt(dueTs, fire) {
      const timer = timers.set(dueTs, fire);
      if (timers.nextDue() === dueTs) arm();
      return {
        cancel() {
          timer.cancel();
          // Armed for nobody, it would keep a process alive that has nothing left to do.
          if (timers.nextDue() === undefined) arm();
        },
      };
    },
    dueTimers: () => timers.countDue(time.now()),
    nextDue: () => timers.nextDue(),
    skewMs: time.skewMs,
  };
}

interface TimeSource {
  now(): number;
  sync(brokerTs: number): void;
  skewMs(): number;
  /** Monotonic time until `now() >= due`; infinite when only a sync can bring it about. */
  monoUntil(due: number): number;
}

function lockstepTime(): TimeSource {
  let told = Number.NaN;
  let skew = 0;
  return {
    now: () => told,
    skewMs: () => skew,
    sync(brokerTs) {
      skew = Number.isNaN(told) ? 0 : Math.min(0, brokerTs - told);
      told = Number.isNaN(told) ? brokerTs : Math.max(told, brokerTs);
    },
    monoUntil: (due) => (due <= told ? 0 : Number.POSITIVE_INFINITY),
  };
}

function liveTime(mono: Clock, rate: number): TimeSource {
  const offset = new OffsetInterval();
  // What is shown starts at the anchor and runs at its own pace until it meets the true line.
  let anchorMono = Number.NaN;
  let anchorTs = Number.NaN;
  let pace = rate;
  let skew = 0;

  const line = (at: number): number => offset.middle + rate * at;
  const shownAt = (at: number): number => {
    const free = anchorTs + pace * (at - anchorMono);
    return pace > rate ? Math.min(free, line(at)) : Math.max(free, line(at));
  };
  const anchor = (at: number, ts: number): void => {
    anchorMono = at;
    anchorTs = ts;
    const behind = line(at) - ts;
    if (behind > 0) pace = rate * (1 + SLEW);
    // Far ahead it stands still until the true time has caught up; it never goes back.
    else pace = behind < -CLOCK_SKEW_MS ? 0 : rate * (1 - SLEW);
  };

  return {
    now: () => shownAt(mono.now()),
    skewMs: () => skew,
    sync(brokerTs) {
      const at = mono.now();
      const shown = shownAt(at);
      skew = Number.isNaN(shown) ? 0 : outside(shown, brokerTs, brokerTs + RESOLUTION_MS);
      const jumped = Math.abs(skew) > CLOCK_SKEW_MS;
      offset.learn(at, brokerTs - rate * at, RESOLUTION_MS, rate * DRIFT, jumped);
      const forward = Number.isNaN(shown) || skew > CLOCK_SKEW_MS;
      anchor(at, forward ? line(at) : shown);
    },
    monoUntil(due) {
      if (Number.isNaN(anchorTs)) return Number.POSITIVE_INFINITY;
      const at = mono.now();
      const byLine = (due - line(at)) / rate;
      const byPace = pace === 0 ? Number.POSITIVE_INFINITY : (due - shownAt(at)) / pace;
      return Math.max(0, pace > rate ? Math.max(byLine, byPace) : Math.min(byLine, byPace));
    },
  };
}

/** How far `low` ≤ `value` < `high` is missed: positive when the interval lies above. */
function outside(value: number, low: number, high: number): number {
  if (value < low) return low - value;
  return value >= high ? high - value : 0;
}

/** The offsets between trading and monotonic time that every answer so far allows. */
class OffsetInterval {
  #low = Number.NaN;
  #high = Number.NaN;
  #learntAt = 0;

  get middle(): number {
    return (this.#low + this.#high) / 2;
  }

  /** Adds an answer that allows [low, low + width); one that contradicts the rest replaces it. */
  learn(at: number, low: number, width: number, drift: number, forget: boolean): void {
    const widened = (at - this.#learntAt) * drift;
    const nextLow = Math.max(this.#low - widened, low);
    const nextHigh = Math.min(this.#high + widened, low + width);
    // Written so that NaN, before the first answer, is a contradiction too.
    const agrees = !forget && nextLow < nextHigh;
    this.#low = agrees ? nextLow : low;
    this.#high = agrees ? nextHigh : low + width;
    this.#learntAt = at;
  }
}
