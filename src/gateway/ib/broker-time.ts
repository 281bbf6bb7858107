/**
 * Times as TWS writes them. It uses its own login's zone, an exchange's zone, or UTC with a dash,
 * by version and by setting, so every form seen in the field is read; what we write is always UTC.
 */

/** Zone names that TWS uses and the platform does not know. */
const ZONE_ALIASES: Readonly<Record<string, string>> = {
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

/** Where a time without a zone is taken to be, unless the caller knows better. */
const DEFAULT_ZONE = 'America/New_York';

const TIME = /^(\d{4})(\d{2})(\d{2})(-|\s+)(\d{1,2}):(\d{2}):(\d{2})(?:\s+(.+))?$/;

/**
 * Epoch ms of `20250415  19:38:31`, `… 19:38:31 US/Eastern` or `20250415-19:38:31` (UTC); NaN for
 * anything else. A zone nobody knows counts as `zone`: a fill with a doubtful date is still a fill.
 */
export function parseBrokerTime(text: string, zone: string = DEFAULT_ZONE): number {
  const match = TIME.exec(text.trim());
  if (match === null) return Number.NaN;

  const [, year, month, day, separator, hour, minute, second, named] = match;
  const parts = [year, month, day, hour, minute, second].map(Number);
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = parts;
  const local = Date.UTC(y, mo - 1, d, h, mi, s);
  if (separator === '-' && named === undefined) return local;
  return fromLocal(local, named === undefined ? zone : resolveZone(named, zone));
}

/** `yyyymmdd-hh:mm:ss`, which TWS reads as UTC; fractions of a second are cut off. */
export function formatBrokerTime(ts: number): string {
  const iso = new Date(ts).toISOString();
  return `${iso.slice(0, 10).replaceAll('-', '')}-${iso.slice(11, 19)}`;
}

/** A name that the platform's zone data know, for what TWS calls a zone. */
function resolveZone(named: string, fallback: string = DEFAULT_ZONE): string {
  const alias = ZONE_ALIASES[named.trim()];
  if (alias !== undefined) return alias;
  return formatterOf(named.trim()) === null ? fallback : named.trim();
}

/** Formatters are slow to make, and a broker uses two or three zones. */
const formatters = new Map<string, Intl.DateTimeFormat | null>();
const FORMATTERS_MAX = 64;

function formatterOf(zone: string): Intl.DateTimeFormat | null {
  const known = formatters.get(zone);
  if (known !== undefined) return known;

  let made: Intl.DateTimeFormat | null = null;
  try {
    made = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (error) {
    // The platform's only way to say that it does not know a zone.
    if (!(error instanceof RangeError)) throw error;
  }
  if (formatters.size < FORMATTERS_MAX) formatters.set(zone, made);
  return made;
}

/** Two rounds: the first offset may be that of the other side of a daylight-saving change. */
function fromLocal(local: number, zone: string): number {
  const formatter = formatterOf(zone);
  if (formatter === null) return Number.NaN;
  const first = local - offsetAt(local, formatter);
  return local - offsetAt(first, formatter);
}

function offsetAt(ts: number, formatter: Intl.DateTimeFormat): number {
  const fields: Record<string, number> = {};
  for (const { type, value } of formatter.formatToParts(ts)) fields[type] = Number(value);
  const { year = 0, month = 1, day = 0, hour = 0, minute = 0, second = 0 } = fields;
  return Date.UTC(year, month - 1, day, hour, minute, second) - ts;
}
