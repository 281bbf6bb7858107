/** What was typed by hand, as the command that it is; null while it is none yet. */

import type { Wish } from './wish.ts';

/** What was typed, by the names of the questions. */
export type Typed = Readonly<Record<string, string>>;

/** As the daemon wants it, for its record. */
const REASON_LETTERS_MIN = 3;

/** `lost`: a loss limit was reached, and is left only with how much more may be lost. */
export function resumeWish(symbol: string, typed: Typed, lost: boolean): Wish | null {
  const reason = (typed['reason'] ?? '').trim();
  if (reason.length < REASON_LETTERS_MIN) return null;
  if (!lost) return { name: 'manual_resume', input: { symbol, reason } };
  const usd = numberOf(typed['allowance']);
  if (!(usd > 0)) return null;
  return { name: 'manual_resume', input: { symbol, reason, allowance_usd: usd } };
}

export function adoptWish(symbol: string, typed: Typed): Wish | null {
  const shares = numberOf(typed['shares']);
  return Number.isSafeInteger(shares) ? { name: 'adopt', input: { symbol, shares } } : null;
}

/** With a minus of either kind: the page itself shows the long one. NaN where there is none. */
function numberOf(text = ''): number {
  const digits = text.trim().replace('−', '-').replaceAll(',', '');
  return /^[+-]?\d+(\.\d+)?$/.test(digits) ? Number(digits) + 0 : Number.NaN;
}
