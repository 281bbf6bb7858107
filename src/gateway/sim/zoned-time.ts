/**
 * Times as scenario files, orders and the TWS protocol write them, and back; the one place for it
 * on this side of the wire. IB accepts `yyyymmdd hh:mm:ss zone` and, for UTC, `yyyymmdd-hh:mm:ss`;
 * a time without a zone is the exchange's own.
 */

import { epochOf, newYorkDate } from '../../domain/calendar.ts';
import { newYorkHours } from '../../domain/time-text.ts';
import { epochInZone, timeZone } from '../../domain/time-zone.ts';

export const EXCHANGE_ZONE = 'America/New_York';

const ZONED = /^(\d{4})-?(\d{2})-?(\d{2})[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s+(\S.*))?$/;
const UTC_DASHED = /^(\d{4})(\d{2})(\d{2})-(\d{1,2}):(\d{2})(?::(\d{2}))?$/;

/** Epoch ms of a written time, or null where it is none. */
export function parseZonedTime(text: string): number | null {
  const trimmed = text.trim();
  const utc = UTC_DASHED.exec(trimmed);
  if (utc !== null) return toEpoch(utc.slice(1, 7), 'UTC');
  const zoned = ZONED.exec(trimmed);
  if (zoned === null) return null;
  return toEpoch(zoned.slice(1, 7), zoned[7] ?? EXCHANGE_ZONE);
}

/** `yyyymmdd hh:mm:ss` in the exchange's zone. */
export function formatExchangeTime(ts: number): string {
  return `${newYorkDate(ts)} ${newYorkHours(ts)}`;
}

/**
 * `20230803 09:31:00 America/New_York`: one space, then the zone's IANA name, which every client
 * that reads zones takes without a table, and older ones cut off.
 */
export function formatZonedTime(ts: number): string {
  return `${formatExchangeTime(ts)} ${EXCHANGE_ZONE}`;
}

/** `20230803 13:31:00 UTC`. */
export function formatUtcTime(ts: number): string {
  const iso = new Date(ts).toISOString();
  return `${iso.slice(0, 10).replaceAll('-', '')} ${iso.slice(11, 19)} UTC`;
}

/** `09:31`, the exchange's time of day, as account updates carry it. */
export function formatExchangeMinute(ts: number): string {
  return newYorkHours(ts).slice(0, 5);
}

/** The moment of a time of day (`HH:MM` or `HH:MM:SS`) on the New York day of `ts`. */
export function timeOnDayOf(ts: number, time: string): number {
  return epochOf(newYorkDate(ts), time);
}

function toEpoch(fields: readonly (string | undefined)[], zone: string): number | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields.map((field) =>
    Number(field ?? 0),
  );
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return null;
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  if (new Date(asUtc).getUTCDate() !== day) return null;
  const found = timeZone(zone);
  return found === null ? null : epochInZone(asUtc, found);
}
