/**
 * Times as TWS writes them. It uses its own login's zone, an exchange's zone, or UTC with a dash,
 * by version and by setting, so every form seen in the field is read; what we write is always UTC.
 */

import { epochInZone, timeZone } from '../../domain/time-zone.ts';

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
  const found = (named === undefined ? null : timeZone(named)) ?? timeZone(zone);
  return found === null ? Number.NaN : epochInZone(local, found);
}

/** `yyyymmdd-hh:mm:ss`, which TWS reads as UTC; fractions of a second are cut off. */
export function formatBrokerTime(ts: number): string {
  const iso = new Date(ts).toISOString();
  return `${iso.slice(0, 10).replaceAll('-', '')}-${iso.slice(11, 19)}`;
}
