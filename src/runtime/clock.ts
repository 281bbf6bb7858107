/**
 * Time as something passed in. `mono` measures durations, `trading` is the broker's time (calendar,
 * cooldown, daily keys), `wall` dates logs and rows. Nothing outside the runtime reads a clock of
 * the platform, so any run can be driven by a virtual one.
 */

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds; comparable between threads of this process. */
  now(): number;
  /** Calls `fire` once, `delayMs` from now, never synchronously. */
  setTimer(delayMs: number, fire: () => void): Timer;
}

export interface WallClock {
  /** Epoch milliseconds. */
  now(): number;
}
