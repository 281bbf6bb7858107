/**
 * Time zones by every name that brokers and their clients use, and the moment at which a clock in
 * one of them shows a local time. New York's own calendar stands in `calendar.ts`.
 */

/** Names that are no IANA zone, or that IANA reads as a fixed offset. */
const ALIASES: Readonly<Record<string, string>> = {
  EDT: 'America/New_York',
  EST: 'America/New_York',
  ET: 'America/New_York',
  'Eastern Standard Time': 'America/New_York',
  'Eastern Daylight Time': 'America/New_York',
  CST: 'America/Chicago',
  CDT: 'America/Chicago',
  'Central Standard Time': 'America/Chicago',
  'Central Daylight Time': 'America/Chicago',
  MST: 'America/Denver',
  MDT: 'America/Denver',
  PST: 'America/Los_Angeles',
  PDT: 'America/Los_Angeles',
  BST: 'Europe/London',
  'British Summer Time': 'Europe/London',
  'Greenwich Mean Time': 'Europe/London',
  GMT: 'UTC',
  Z: 'UTC',
  CET: 'Europe/Berlin',
  CEST: 'Europe/Berlin',
  'Central European Standard Time': 'Europe/Berlin',
  'Central European Summer Time': 'Europe/Berlin',
  HKT: 'Asia/Hong_Kong',
  JST: 'Asia/Tokyo',
};

export interface TimeZone {
  /** Its IANA name, as far as the name it was asked by is one. */
  readonly name: string;
  /** Minus UTC, ms, at a moment. */
  offsetAt(ts: number): number;
}

/** A formatter is slow to make; a client can spell zones in a million ways, a real one in few. */
const ZONES_MAX = 64;
const zones = new Map<string, TimeZone | null>();

/** Null for a name that neither the table nor the platform knows. */
export function timeZone(named: string): TimeZone | null {
  const name = ALIASES[named.trim()] ?? named.trim();
  const known = zones.get(name);
  if (known !== undefined) return known;
  const made = makeZone(name);
  if (zones.size < ZONES_MAX) zones.set(name, made);
  return made;
}

/**
 * The moment at which the zone's clocks show what UTC's show at `local`. An hour that is skipped in
 * spring counts as the one after; of one that comes twice, one of the two is meant.
 */
export function epochInZone(local: number, zone: TimeZone): number {
  // Two rounds: the first offset may be that of the other side of a daylight-saving change.
  const first = local - zone.offsetAt(local);
  const second = local - zone.offsetAt(first);
  return zone.offsetAt(second) === zone.offsetAt(first) ? second : Math.max(first, second);
}

function makeZone(name: string): TimeZone | null {
  if (name === 'UTC') return { name, offsetAt: () => 0 };
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    return { name, offsetAt: (ts) => offsetOf(format, ts) };
  } catch (error) {
    // The platform's only way to say that it does not know a zone.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function offsetOf(format: Intl.DateTimeFormat, ts: number): number {
  const found: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(ts)) found[type] = Number(value);
  const { year = 0, month = 1, day = 0, hour = 0, minute = 0, second = 0 } = found;
  const shown = Date.UTC(year, month - 1, day, hour, minute, second);
  return shown - Math.floor(ts / 1000) * 1000;
}
