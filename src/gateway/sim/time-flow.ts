/**
 * Exchange time: it flows with the monotonic clock at the scenario's speed, sleeps while the host
 * sleeps, and can jump over closed hours. In lock-step nothing flows.
 */

import { sessionState } from '../../domain/calendar.ts';
import type { Fault } from '../../fault.ts';
import { toFault } from '../../fault.ts';
import type { Clock, Timer } from '../../runtime/clock.ts';
import type { Engine } from './engine.ts';

export interface TimeFlow {
  /** Exchange time, epoch ms. */
  now(): number;
  /** Brings the market up to now. */
  catchUp(): void;
  /** Looks again when the next thing is due. */
  reschedule(): void;
  stop(): void;
}

export interface FlowOptions {
  readonly engine: Engine;
  readonly mono: Clock;
  readonly speed: number;
  readonly skipClosed: boolean;
  /** The tape could not be read any further. */
  readonly onFault: (fault: Fault) => void;
  /** Time has jumped over closed hours. */
  readonly onJump: () => void;
}

/** Real time between looks at the clock when nothing is due; as often, time is written down. */
const LOOK_MS = 1000;
/** A gap of the real clock that is a suspended host: the exchange slept too. */
const ASLEEP_MS = 30_000;
const AFTER_CLOSE_MS = 5 * 60_000;
const BEFORE_OPEN_MS = 60_000;

/** Lets the exchange’s time flow at its speed until it is stopped, however late timers fire. */
export function startTimeFlow(options: FlowOptions): TimeFlow {
  const { engine, mono, speed } = options;
  const { state, market } = engine.turn;
  let base = { mono: mono.now(), at: state.now };
  let looked = mono.now();
  let saved = mono.now();
  let timer: Timer | null = null;
  let stopped = false;

  const goOnFrom = (at: number): void => {
    base = { mono: mono.now(), at };
  };
  const flowed = (): number => {
    const real = mono.now();
    if (real - looked > ASLEEP_MS) goOnFrom(state.now);
    looked = real;
    return Math.floor(base.at + (real - base.mono) * speed);
  };
  const now = (): number => Math.max(state.now, Math.min(flowed(), market.horizon()));
  const catchUp = (): void => {
    const to = now();
    // What is due at this very instant has no later one to wait for.
    if (to > state.now || engine.nextDue() <= to) engine.advance(to);
  };
  const reschedule = (): void => {
    if (stopped) return;
    timer?.cancel();
    const untilDue = (engine.nextDue() - flowed()) / speed;
    timer = mono.setTimer(Math.min(Math.max(0, untilDue), LOOK_MS), look);
  };
  const look = (): void => {
    const jump = options.skipClosed ? jumpFrom(flowed()) : null;
    if (jump !== null) goOnFrom(jump);
    const to = flowed();
    const goOn = (): void => proceed(jump !== null);
    if (market.horizon() >= to) goOn();
    else market.prepare(to).then(goOn, (error) => options.onFault(toFault(error)));
  };
  const proceed = (jumped: boolean): void => {
    if (stopped) return;
    catchUp();
    if (jumped) options.onJump();
    if (mono.now() - saved >= LOOK_MS) {
      saved = mono.now();
      engine.saveClock();
    }
    reschedule();
  };

  reschedule();
  return {
    now,
    catchUp,
    reschedule,
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
}

/** Where time goes on from when `now` is well inside closed hours; null when it is not. */
function jumpFrom(now: number): number | null {
  const { state, session, next } = sessionState(now);
  if (state === 'open') return null;
  if (state === 'after' && session !== null && now < session.close + AFTER_CLOSE_MS) return null;
  const target = next - BEFORE_OPEN_MS;
  return now < target ? target : null;
}
