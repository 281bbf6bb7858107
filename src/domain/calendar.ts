/**
 * The calendar of the New York Stock Exchange: which day it is there, when it opens and closes, and
 * how far away an expiry is. It reads no clock: every function takes the moment it is asked about.
 * Days are `YYYYMMDD` of New York; times are epoch milliseconds.
 */

import assert from 'node:assert/strict';
import { type CivilDate, dayKind, FIRST_YEAR } from './holidays.ts';

export interface TradingSession {
  readonly open: number;
  readonly close: number;
}

export interface SessionState {
  /** `closed`: no session this day. `open` includes the opening instant, not the closing one. */
  readonly state: 'before' | 'open' | 'after' | 'closed';
  /** The day in New York. */
  readonly day: string;
  /** This day's session; null when it has none. */
  readonly session: TradingSession | null;
  /** When the exchange next opens (or, while open, closes). */
  readonly next: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const OPEN_MS = 9.5 * HOUR_MS;
const CLOSE_MS = 16 * HOUR_MS;
const EARLY_CLOSE_MS = 13 * HOUR_MS;

/** The longest closure was four sessions (2001) around a weekend; 12 days is beyond any. */
const CLOSURE_DAYS_MAX = 12;

/** Forty years of days; a cache that is full starts again, so it cannot grow without end. */
const CACHE_DAYS_MAX = 15_000;

/** The day in New York at `ts`. */
export function newYorkDate(ts: number): string {
  return dayAt(ts).name;
}

/** Milliseconds since midnight that a clock in New York shows at `ts`. */
export function newYorkTime(ts: number): number {
  return ts + newYorkOffset(ts) - dayAt(ts).utcMidnight;
}

/** The moment at which a clock in New York shows `time` (`HH:MM` or `HH:MM:SS`) on `day`. */
export function epochOf(day: string, time: string): number {
  const match = /^(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(time);
  assert(match !== null, `a time is HH:MM, not ${time}`);
  const [, hours, minutes, seconds = '0'] = match;
  return epochOfTime(
    day,
    Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * 1000,
  );
}

/** The same from milliseconds since midnight. An hour skipped in spring counts as the one after. */
export function epochOfTime(day: string, msSinceMidnight: number): number {
  const wall = utcMidnightOf(day) + msSinceMidnight;
  const guess = wall - newYorkOffset(wall + 5 * HOUR_MS);
  return guess + newYorkOffset(guess) === wall ? guess : wall - newYorkOffset(guess);
}

/** Regular trading hours of `day`, shortened on half days; null when the exchange is closed. */
export function tradingSession(day: string): TradingSession | null {
  const known = sessions.get(day);
  if (known !== undefined) return known;
  const session = makeSession(day);
  if (sessions.size >= CACHE_DAYS_MAX) sessions.clear();
  sessions.set(day, session);
  return session;
}

/** Whether the exchange opens on this day, `YYYYMMDD`. */
export function isTradingDay(day: string): boolean {
  return tradingSession(day) !== null;
}

/** The first trading day after `day`. */
export function nextTradingDay(day: string): string {
  return stepToTradingDay(day, 1);
}

/** The last trading day before `day`. */
export function previousTradingDay(day: string): string {
  return stepToTradingDay(day, -1);
}

/**
 * The day an option dated `expiry` last trades: that day, or the trading day before it where the
 * exchange is closed. Until January 2015 monthly options were dated Saturday for the Friday before.
 */
export function lastTradingDay(expiry: string): string {
  return isTradingDay(expiry) ? expiry : previousTradingDay(expiry);
}

/** The first moment (epoch ms) of the New York day of `ts`. */
export function dayStart(ts: number): number {
  return dayAt(ts).from;
}

/** Calendar days from the day of `ts` in New York to `expiry`; negative when it has passed. */
export function dte(expiry: string, ts: number): number {
  return Math.round((utcMidnightOf(expiry) - dayAt(ts).utcMidnight) / DAY_MS);
}

/** Where the exchange stands at `ts`. The same object while the answer is the same. */
export function sessionState(ts: number): SessionState {
  const { from, until, value } = currentState;
  if (ts >= from && ts < until) return value;
  currentState = makeState(ts);
  return currentState.value;
}

interface Day {
  readonly name: string;
  /** Midnight of the same date in UTC: what day arithmetic counts in. */
  readonly utcMidnight: number;
  /** The day in New York, from its first to before its last moment. */
  readonly from: number;
  readonly until: number;
}

interface Span<T> {
  readonly from: number;
  readonly until: number;
  readonly value: T;
}

interface OffsetDay {
  readonly from: number;
  readonly until: number;
  /** New York minus UTC, ms, before and after `changeAt`. */
  readonly before: number;
  readonly after: number;
  readonly changeAt: number;
}

const NOWHERE = { from: Number.POSITIVE_INFINITY, until: Number.NEGATIVE_INFINITY };
const sessions = new Map<string, TradingSession | null>();
const offsetDays = new Map<number, OffsetDay>();
const midnights = new Map<string, number>();
// The last answers: time moves forward, so nearly every question is about the same day.
let currentDay: Day = { ...NOWHERE, name: '', utcMidnight: 0 };
let currentOffset: OffsetDay = { ...NOWHERE, before: 0, after: 0, changeAt: 0 };
let currentState: Span<SessionState> = {
  ...NOWHERE,
  value: { state: 'closed', day: '', session: null, next: 0 },
};

const offsetFormat = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  timeZoneName: 'longOffset',
});

function dayAt(ts: number): Day {
  if (ts >= currentDay.from && ts < currentDay.until) return currentDay;
  assert(Number.isFinite(ts), 'a moment is a finite number');
  const utcMidnight = Math.floor((ts + newYorkOffset(ts)) / DAY_MS) * DAY_MS;
  const name = nameOf(utcMidnight);
  currentDay = {
    name,
    utcMidnight,
    from: epochOfTime(name, 0),
    until: epochOfTime(nameOf(utcMidnight + DAY_MS), 0),
  };
  return currentDay;
}

/** New York minus UTC at `ts`, ms. The platform's zone data is read once for each UTC day. */
function newYorkOffset(ts: number): number {
  let day = currentOffset;
  if (ts < day.from || ts >= day.until) {
    const number = Math.floor(ts / DAY_MS);
    day = offsetDays.get(number) ?? readOffsetDay(number);
    currentOffset = day;
  }
  return ts < day.changeAt ? day.before : day.after;
}

function readOffsetDay(number: number): OffsetDay {
  const from = number * DAY_MS;
  const until = from + DAY_MS;
  const before = readOffset(from);
  const after = readOffset(until - 1);
  let changeAt = from;
  if (before !== after) {
    // Clocks change on a full minute: halving the day finds it in eleven steps.
    let low = from;
    let high = until;
    while (high - low > MINUTE_MS) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
      if (readOffset(middle) === before) low = middle;
      else high = middle;
    }
    changeAt = high;
  }
  const day = { from, until, before, after, changeAt };
  if (offsetDays.size >= CACHE_DAYS_MAX) offsetDays.clear();
  offsetDays.set(number, day);
  return day;
}

function readOffset(ts: number): number {
  const zone = offsetFormat.formatToParts(ts).find(({ type }) => type === 'timeZoneName')?.value;
  const match = /^GMT([+-])(\d{2}):(\d{2})$/.exec(zone ?? '');
  assert(match !== null, `no New York offset in ${zone}`);
  const [, sign, hours, minutes] = match;
  const size = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS;
  return sign === '-' ? -size : size;
}

function makeSession(day: string): TradingSession | null {
  const kind = dayKind(civilOf(day));
  if (kind === 'closed') return null;
  const close = kind === 'half' ? EARLY_CLOSE_MS : CLOSE_MS;
  return { open: epochOfTime(day, OPEN_MS), close: epochOfTime(day, close) };
}

function makeState(ts: number): Span<SessionState> {
  const { name: day, from, until } = dayAt(ts);
  const session = tradingSession(day);
  const nextOpen = (): number => {
    const next = tradingSession(nextTradingDay(day));
    assert(next !== null);
    return next.open;
  };
  if (session === null) {
    return { from, until, value: { state: 'closed', day, session, next: nextOpen() } };
  }
  const { open, close } = session;
  if (ts < open) return { from, until: open, value: { state: 'before', day, session, next: open } };
  if (ts < close) {
    return { from: open, until: close, value: { state: 'open', day, session, next: close } };
  }
  return { from: close, until, value: { state: 'after', day, session, next: nextOpen() } };
}

function stepToTradingDay(day: string, direction: 1 | -1): string {
  const start = utcMidnightOf(day);
  for (let step = 1; step <= CLOSURE_DAYS_MAX; step += 1) {
    const candidate = nameOf(start + direction * step * DAY_MS);
    if (isTradingDay(candidate)) return candidate;
  }
  throw new Error(`no trading day within ${CLOSURE_DAYS_MAX} days of ${day}`);
}

function nameOf(utcMidnight: number): string {
  return new Date(utcMidnight).toISOString().slice(0, 10).replaceAll('-', '');
}

function utcMidnightOf(day: string): number {
  const known = midnights.get(day);
  if (known !== undefined) return known;
  const { year, month, day: date } = civilOf(day);
  const midnight = Date.UTC(year, month - 1, date);
  if (midnights.size >= CACHE_DAYS_MAX) midnights.clear();
  midnights.set(day, midnight);
  return midnight;
}

function civilOf(day: string): CivilDate {
  assert(/^\d{8}$/.test(day), `a day is YYYYMMDD, not ${day}`);
  const date = {
    year: Number(day.slice(0, 4)),
    month: Number(day.slice(4, 6)),
    day: Number(day.slice(6, 8)),
  };
  assert(date.year >= FIRST_YEAR, `the calendar begins in ${FIRST_YEAR}, not ${day}`);
  assert(nameOf(Date.UTC(date.year, date.month - 1, date.day)) === day, `${day} is no date`);
  return date;
}
