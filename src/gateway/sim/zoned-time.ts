/**
 * Times as scenario files, orders and the TWS protocol write them, and back; the one place for it
 * on this side of the wire. IB accepts `yyyymmdd hh:mm:ss zone` and, for UTC, `yyyymmdd-hh:mm:ss`;
 * a time without a zone is the exchange's own.
 */

import { epochOf, newYorkDate } from '../../domain/calendar.ts';
import { newYorkHours } from '../../domain/time-text.ts';

export const EXCHANGE_ZONE = 'America/New_York';

/** Names TWS uses that are not IANA zones, or that IANA reads as a fixed offset. */
const ZONE_ALIASES: Readonly<Record<string, string>> = {
  EST: EXCHANGE_ZONE,
  EDT: EXCHANGE_ZONE,
  ET: EXCHANGE_ZONE,
  CST: 'America/Chicago',
  PST: 'America/Los_Angeles',
};

const ZONED = /^(\d{4})-?(\d{2})-?(\d{2})[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s+(\S+))?$/;
const UTC_DASHED = /^(\d{4})(\d{2})(\d{2})-(\d{1,2}):(\d{2})(?::(\d{2}))?$/;
const MINUTE_MS = 60_000;

/** A client can spell zones in a million ways; those of a real one are few. */
const FORMATS_MAX = 32;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Epoch ms of a written time, or null where it is none. */
export function parseZonedTime(text: string): number | null {
  const trimmed = text.trim();
  const utc = UTC_DASHED.exec(trimmed);
  if (utc !== null) return toEpoch(utc.slice(1, 7), 'UTC');
  const zoned = ZONED.exec(trimmed);
  if (zoned === null) return null;
  const zone = zoned[7] ?? EXCHANGE_ZONE;
  return toEpoch(zoned.slice(1, 7), ZONE_ALIASES[zone] ?? zone);
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
  if (zone === 'UTC') return asUtc;
  const format = formatFor(zone);
  if (format === null) return null;
  // Twice: the first offset may be that of the other side of a change to or from summer time.
  const first = asUtc - offsetOf(format, asUtc);
  return asUtc - offsetOf(format, first);
}

function offsetOf(format: Intl.DateTimeFormat, ts: number): number {
  const found: Record<string, number> = {};
  for (const part of format.formatToParts(ts)) found[part.type] = Number(part.value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = found;
  const shown = Date.UTC(year, month - 1, day, hour, minute);
  return shown - Math.floor(ts / MINUTE_MS) * MINUTE_MS;
}

/** Null for a zone the platform does not know, which a client may well send. */
function formatFor(zone: string): Intl.DateTimeFormat | null {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
    if (formats.size < FORMATS_MAX) formats.set(zone, format);
    return format;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
