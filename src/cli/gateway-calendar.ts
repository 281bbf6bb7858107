/**
 * When TWS and IB Gateway go away by themselves: servers are reset every night, the program
 * restarts or logs out once a day, and on Sunday the login ends and needs its second factor again.
 */

import { epochOf, newYorkDate } from '../domain/calendar.ts';

const DAY_MS = 86_400_000;
/** IB forgets the daily restart's login at this time of the week, New York time. */
const LOGIN_ENDS = { weekday: 'Sun', time: '01:00' };

export interface GatewayCalendar {
  /** The next start of each reset window, epoch ms, with its text. */
  readonly resets: readonly { readonly at: number; readonly window: string }[];
  /** From then on a restart asks for the second factor, epoch ms. */
  readonly loginEnds: number;
}

/** What is next from `now`, by the windows of `broker.reset_windows`. */
export function gatewayCalendar(now: number, windows: readonly string[]): GatewayCalendar {
  const resets = windows
    .map((window) => ({ at: nextAt(now, window.slice(0, 5), () => true), window }))
    .sort((a, b) => a.at - b.at);
  const isDay = (ts: number): boolean => weekdayAt(ts) === LOGIN_ENDS.weekday;
  return { resets, loginEnds: nextAt(now, LOGIN_ENDS.time, isDay) };
}

/** As a line of `bifrost check`. */
export function calendarText({ resets, loginEnds }: GatewayCalendar): string {
  const [next] = resets;
  const restart = next === undefined ? 'no reset window is configured' : `reset ${next.window}`;
  return `${restart} New York every night; login by second factor again after ${minute(loginEnds)}`;
}

function nextAt(now: number, time: string, fits: (ts: number) => boolean): number {
  // A week has every weekday, and the eighth day the time of today that is past.
  for (let days = 0; days <= 8; days++) {
    const at = epochOf(newYorkDate(now + days * DAY_MS), time);
    if (at > now && fits(at)) return at;
  }
  throw new RangeError(`no ${time} within a week`);
}

function weekdayAt(ts: number): string {
  return new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/New_York',
    weekday: 'short',
  }).format(ts);
}

function minute(ts: number): string {
  return `${new Date(ts).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
