/** The broker's time, as far as it is known here: what the gates and the session go by. */

import { now, readNow, serverOffset } from '../clock.ts';
import { status } from './live.ts';

/** Epoch ms; the daemon's own time where the broker has told none. */
export function tradingNow(): number {
  const reading = status.value;
  const here = Math.max(now.value, readNow());
  const told = reading?.value.trading_ts ?? null;
  if (reading === null || told === null) return here + serverOffset.value;
  return told + here - reading.at;
}
