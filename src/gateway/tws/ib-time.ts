/**
 * Times as the TWS protocol writes them. What this gateway sends with an execution is always
 * `yyyymmdd hh:mm:ss America/New_York`: one space, then the zone's IANA name, which every client
 * that reads zones takes without a table, and older ones cut off.
 */

const EXCHANGE_ZONE = 'America/New_York';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const UTC = 'UTC';
/** Only the two zones that are written: a client can spell any other in a million ways. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** `20230803 09:31:00 America/New_York`. */
export function formatExchangeTime(epochMs: number): string {
  return `${wallText(epochMs, EXCHANGE_ZONE)} ${EXCHANGE_ZONE}`;
}

/** `20230803 13:31:00 UTC`. */
export function formatUtcTime(epochMs: number): string {
  return `${wallText(epochMs, UTC)} ${UTC}`;
}

/** `09:31`, the exchange's time of day, as account updates carry it. */
export function formatExchangeMinute(epochMs: number): string {
  return wallText(epochMs, EXCHANGE_ZONE).slice(9, 14);
}

/**
 * Epoch ms of what a client wrote: `yyyymmdd-hh:mm:ss` is UTC; `yyyymmdd hh:mm:ss` is exchange
 * time unless a zone follows. Null where it is none of these.
 */
export function parseIbTime(text: string): number | null {
  const match = /^(\d{8})(-| {1,2})(\d{2}):(\d{2})(?::(\d{2}))?(?: (\S+))?$/.exec(text.trim());
  if (match === null) return null;
  const [, day = '', separator = '', hour, minute, second = '0', zone] = match;
  const wall = Date.UTC(
    Number(day.slice(0, 4)),
    Number(day.slice(4, 6)) - 1,
    Number(day.slice(6, 8)),
    Number(hour),
    Number(minute),
    Number(second),
  );
  if (separator === '-') return wall;
  return epochOf(wall, zone ?? EXCHANGE_ZONE);
}

/** The instant at which a clock in `zone` shows `wall` (written as if it were UTC). */
function epochOf(wall: number, zone: string): number | null {
  if (formatOf(zone) === null) return null;
  // The offset at the first guess can be that of the other side of a clock change; the second
  // guess uses the offset there. Twice is enough, because zones change by less than a day.
  const first = wall - offsetAt(wall, zone);
  return wall - offsetAt(first, zone);
}

function offsetAt(epochMs: number, zone: string): number {
  const text = wallText(epochMs, zone);
  const shown = Date.UTC(
    Number(text.slice(0, 4)),
    Number(text.slice(4, 6)) - 1,
    Number(text.slice(6, 8)),
    Number(text.slice(9, 11)),
    Number(text.slice(12, 14)),
  );
  return shown - Math.floor(epochMs / MINUTE_MS) * MINUTE_MS;
}

/** `yyyymmdd hh:mm:ss` in `zone`, which must be known. */
function wallText(epochMs: number, zone: string): string {
  const format = formatOf(zone);
  if (format === null) return '';
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const { type, value } of format.formatToParts(epochMs)) parts[type] = value;
  const { year = '', month = '', day = '', hour = '', minute = '', second = '' } = parts;
  return `${year}${month}${day} ${hour}:${minute}:${second}`;
}

/** Null for a zone the platform does not know, which a client may well send. */
function formatOf(zone: string): Intl.DateTimeFormat | null {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    if (zone === EXCHANGE_ZONE || zone === UTC) formats.set(zone, format);
    return format;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
