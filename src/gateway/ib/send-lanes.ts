/**
 * Our own pacing in front of the client library, whose first-in-first-out throttle would let an
 * order wait behind forty subscriptions, and would go on sending after a reconnect. Cancels go
 * first, then orders, then everything else, and never more than a fixed number in any second.
 */

import { strict as assert } from 'node:assert';
import type { Clock, Timer } from '../../runtime/clock.ts';

export type Lane = 'cancel' | 'order' | 'request';

const LANES: readonly Lane[] = ['cancel', 'order', 'request'];

/** Far more than a daemon with all its lines has to say at once; beyond it, a caller loops. */
const QUEUE_MAX: Readonly<Record<Lane, number>> = { cancel: 256, order: 64, request: 2048 };

const WINDOW_MS = 1000;

/** Cancels may go on when the window is full: what we allow ourselves leaves five below IB's 50. */
const CANCELS_ON_TOP = 4;

/** Even after complaints, enough for heartbeats, cancels and an order. */
const RATE_MIN = 10;

export interface SendRates {
  readonly messagesPerSecond: number;
  /** Kept free of requests in each second, so that an order never waits for the window to pass. */
  readonly reservedForOrders: number;
}

export interface SendLanes {
  /** Sends now or later; false when the lane is full and the call was not taken. */
  send(lane: Lane, call: () => void): boolean;
  /** The answer to a pacing complaint: nothing for a second, then at half the rate. */
  backOff(): void;
  /** Forgets what waits; nothing is sent any more. */
  close(): void;
}

export function createSendLanes(clock: Clock, rates: SendRates): SendLanes {
  assert(Number.isInteger(rates.messagesPerSecond) && rates.messagesPerSecond >= RATE_MIN);
  assert(rates.reservedForOrders >= 0 && rates.reservedForOrders < RATE_MIN);

  const queues: Record<Lane, (() => void)[]> = { cancel: [], order: [], request: [] };
  // The times of the last sends, oldest first: a window, so no second ever sees more than allowed.
  const sent: number[] = [];
  let rate = rates.messagesPerSecond;
  let timer: Timer | null = null;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let closed = false;

  const allowance = (lane: Lane): number => {
    if (lane === 'request') return rate - rates.reservedForOrders;
    return lane === 'order' ? rate : rate + CANCELS_ON_TOP;
  };

  function next(): Lane | undefined {
    return LANES.find((lane) => queues[lane].length > 0);
  }

  function drain(): void {
    const now = clock.now();
    while (sent.length > 0 && (sent[0] ?? 0) <= now - WINDOW_MS) sent.shift();
    let lane = next();
    while (!closed && lane !== undefined && now >= pausedUntil && sent.length < allowance(lane)) {
      sent.push(now);
      queues[lane].shift()?.();
      lane = next();
    }
    if (lane !== undefined && !closed) arm(now, lane);
  }

  /** Wakes when the window has room for what waits first. */
  function arm(now: number, lane: Lane): void {
    const blocking = sent[sent.length - allowance(lane)];
    const free = blocking === undefined ? now : blocking + WINDOW_MS;
    timer?.cancel();
    timer = clock.setTimer(Math.max(1, Math.max(free, pausedUntil) - now), () => {
      timer = null;
      drain();
    });
  }

  return {
    send(lane, call) {
      if (closed || queues[lane].length >= QUEUE_MAX[lane]) return false;
      queues[lane].push(call);
      drain();
      return true;
    },
    backOff() {
      pausedUntil = clock.now() + WINDOW_MS;
      rate = Math.max(RATE_MIN, Math.floor(rate / 2));
    },
    close() {
      closed = true;
      timer?.cancel();
      timer = null;
      for (const lane of LANES) queues[lane].length = 0;
    },
  };
}
