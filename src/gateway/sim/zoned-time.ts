/**
 * Wall-clock times with a zone, as scenario files and orders write them, and back. IB accepts
 * `yyyymmdd hh:mm:ss zone` and, for UTC, `yyyymmdd-hh:mm:ss`; a time without a zone is the
 * exchange's own.
 */

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
const UTC_DASHED = /^(\d{4})(\d{2})(\d{2})-(\d{1,2}):(\d{2}):(\d{2})$/;

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
  const [year, month, day, hour, minute, second] = partsIn(EXCHANGE_ZONE, ts);
  return `${pad(year, 4)}${pad(month)}${pad(day)} ${pad(hour)}:${pad(minute)}:${pad(second)}`;
}

type Parts = readonly [number, number, number, number, number, number];

function toEpoch(fields: readonly (string | undefined)[], zone: string): number | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields.map((field) =>
    Number(field ?? 0),
  );
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return null;
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  if (new Date(asUtc).getUTCDate() !== day) return null;
  if (!isZone(zone)) return null;
  // Twice: the first offset may be that of the other side of a change to or from summer time.
  const first = asUtc - offsetOf(zone, asUtc);
  return asUtc - offsetOf(zone, first);
}

function isZone(zone: string): boolean {
  try {
    formatFor(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function offsetOf(zone: string, ts: number): number {
  const [year, month, day, hour, minute, second] = partsIn(zone, ts);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ts / 1000) * 1000;
}

function partsIn(zone: string, ts: number): Parts {
  const found: Record<string, number> = {};
  for (const part of formatFor(zone).formatToParts(ts)) found[part.type] = Number(part.value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = found;
  return [year, month, day, hour, minute, second];
}

function formatFor(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(zone, format);
  return format;
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}
