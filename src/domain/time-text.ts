/** Times and signed numbers as sentences show them. */

import { newYorkDate, newYorkTime } from './calendar.ts';

/** `HH:MM:SS` in New York. */
export function newYorkHours(ts: number): string {
  const seconds = Math.floor(newYorkTime(ts) / 1000);
  const part = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${part(seconds / 3600)}:${part((seconds / 60) % 60)}:${part(seconds % 60)}`;
}

/** `YYYY-MM-DD` in New York. */
export function newYorkDay(ts: number): string {
  const day = newYorkDate(ts);
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
}

/** The time, with the date where it is not today's. */
export function momentText(ts: number, now: number): string {
  const date = newYorkDate(ts) === newYorkDate(now) ? '' : `${newYorkDay(ts)} `;
  return `${date}${newYorkHours(ts)} New York`;
}

/** At most `digits` decimals and a true minus sign; `plus` marks positive values too. */
export function numberText(value: number, digits: number, plus = false): string {
  const text = String(Number(Math.abs(value).toFixed(digits)));
  if (text === '0') return text;
  return (value < 0 ? '−' : plus ? '+' : '') + text;
}
