/**
 * The broker's own word on when a contract trades, against our calendar. Where they differ one of
 * them is wrong, and nobody hedges on a guess about the close.
 */

import { epochOf, tradingSession } from './calendar.ts';
import type { ContractTerms } from './contract.ts';

/** Names under which IB lists New York's clock. Hours of another zone are not compared. */
const NEW_YORK = new Set(['America/New_York', 'US/Eastern', 'EST5EDT', 'EST']);

/** The last answer for each contract's terms: every evaluation asks about the same day. */
const known = new WeakMap<ContractTerms, { readonly day: string; readonly differ: boolean }>();

/** Whether the contract's liquid hours of `day` are others than our session; false if not told. */
export function hoursDiffer(terms: ContractTerms | null, day: string): boolean {
  if (terms === null || terms.liquidHours === '' || !NEW_YORK.has(terms.timeZone)) return false;
  const last = known.get(terms);
  if (last?.day === day) return last.differ;
  const differ = compare(terms.liquidHours, day);
  known.set(terms, { day, differ });
  return differ;
}

function compare(liquidHours: string, day: string): boolean {
  const spans = liquidHours.split(/[;,]/).filter((span) => span.startsWith(`${day}:`));
  if (spans.length === 0) return false;
  const session = tradingSession(day);
  if (spans.every((span) => span.endsWith(':CLOSED'))) return session !== null;
  if (session === null) return true;
  const open = Math.min(...spans.map((span) => timeOf(span.split('-')[0], day)));
  const close = Math.max(...spans.map((span) => timeOf(span.split('-')[1], day)));
  return open !== session.open || close !== session.close;
}

/** `20260803:0930`, or in older versions `0930` of the span's day; NaN for what is neither. */
function timeOf(text: string | undefined, day: string): number {
  const match = /^(?:(\d{8}):)?(\d{2})(\d{2})$/.exec(text ?? '');
  if (match === null) return Number.NaN;
  const [, date = day, hours, minutes] = match;
  return epochOf(date, `${hours}:${minutes}`);
}
