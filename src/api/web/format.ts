/**
 * Numbers and times as they are shown: a true minus, grouped digits, as many decimals as carry
 * meaning, and a dash where there is no value.
 */

export const NONE = '–';
const MINUS = '\u2212';

const formats = new Map<string, Intl.NumberFormat>();

/** `digits` decimals, a sign only where negative. */
export function plain(value: number | null | undefined, digits = 0): string {
  return format(value, digits, 'negative');
}

/** `digits` decimals, always with its sign: what is long or short, gained or lost. */
export function signed(value: number | null | undefined, digits = 0): string {
  return format(value, digits, 'exceptZero');
}

/** As many decimals as the value has, at most `digits`. */
export function brief(value: number, digits = 4): string {
  return numberFormat(0, digits, 'negative').format(value).replace('-', MINUS);
}

function format(
  value: number | null | undefined,
  digits: number,
  signDisplay: 'negative' | 'exceptZero',
): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  return numberFormat(digits, digits, signDisplay).format(value).replace('-', MINUS);
}

function numberFormat(
  least: number,
  most: number,
  signDisplay: 'negative' | 'exceptZero',
): Intl.NumberFormat {
  const key = `${least} ${most} ${signDisplay}`;
  let found = formats.get(key);
  if (found === undefined) {
    // Chinese groups and points digits as English does.
    found = new Intl.NumberFormat('en-US', {
      minimumFractionDigits: least,
      maximumFractionDigits: most,
      signDisplay,
    });
    formats.set(key, found);
  }
  return found;
}

/** `win`, `loss` or nothing, by the sign that remains after rounding to cents. */
export function toneOf(value: number | null): 'win' | 'loss' | '' {
  if (value === null || Math.abs(value) < 0.005) return '';
  return value > 0 ? 'win' : 'loss';
}

const LOCAL_TIME = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const LOCAL_DAY = new Intl.DateTimeFormat('en-CA');
const NEW_YORK = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'America/New_York',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** Time of day in the browser's zone, of epoch ms; with the day where it is not `today`'s. */
export function localTime(ms: number, today: number): string {
  const day = LOCAL_DAY.format(ms);
  const time = LOCAL_TIME.format(ms);
  return day === LOCAL_DAY.format(today) ? time : `${day} ${time}`;
}

/** `16:10:00` in the browser's zone, of epoch ms. */
export function localTimeOf(ms: number): string {
  return LOCAL_TIME.format(ms);
}

/** `2026-09-14` in the browser's zone, of epoch ms. */
export function localDay(ms: number): string {
  return LOCAL_DAY.format(ms);
}

/** Short name of the browser's zone, such as `GMT+8`. */
export function localZone(ms: number): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(ms);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

/** `2026-09-14 10:02:31` in New York, of epoch ms. */
export function newYorkTime(ms: number): string {
  return NEW_YORK.format(ms).replace(', ', ' ');
}

/** `20261012` as `2026-10-12`. */
export function isoDay(expiry: string): string {
  return expiry.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
}

/** Calendar days from the New York date of `ms` to the expiry. */
export function daysTo(expiry: string, ms: number): number {
  const today = Date.parse(newYorkTime(ms).slice(0, 10));
  return Math.round((Date.parse(isoDay(expiry)) - today) / 86_400_000);
}

/** Amount and unit of a span in its largest sensible unit. */
export function spanOf(ms: number): { readonly amount: string; readonly unit: SpanUnit } {
  const s = Math.max(0, ms) / 1000;
  if (s < 9.95) return { amount: s.toFixed(1), unit: 's' };
  if (s < 119.5) return { amount: s.toFixed(0), unit: 's' };
  if (s < 7170) return { amount: (s / 60).toFixed(0), unit: 'min' };
  if (s < 172_000) return { amount: (s / 3600).toFixed(0), unit: 'h' };
  return { amount: (s / 86_400).toFixed(0), unit: 'd' };
}

export type SpanUnit = 's' | 'min' | 'h' | 'd';
