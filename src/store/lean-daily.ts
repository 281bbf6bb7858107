/**
 * The previous close of an underlying from LEAN's daily bars (`equity/usa/daily/spy.zip`: rows of
 * `YYYYMMDD HH:MM, open, high, low, close, volume` in 1/10,000 USD). Prices are unadjusted there as
 * they are in the minute files.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { previousTradingDay } from '../domain/calendar.ts';
import { Fault } from '../fault.ts';
import { unzip } from './zip.ts';

/** Unpacked: a century of days has 2 MB. */
const BYTES_MAX = 1 << 26;

/** USD, of the trading day before `day`; NaN where the folder does not have it. */
export function readDailyClose(from: string, symbol: string, day: string): number {
  const path = join(from, 'equity/usa/daily', `${symbol.toLowerCase()}.zip`);
  if (!existsSync(path)) return Number.NaN;
  let text: string;
  try {
    text = unzip(readFileSync(path), BYTES_MAX)
      .map(({ content }) => Buffer.from(content).toString('latin1'))
      .join('\n');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('data_unreadable', `cannot read ${path}: ${why}`, {
      remedy: 'Fetch the file again, or remove it: it gives only the previous close.',
      cause,
    });
  }
  const wanted = previousTradingDay(day);
  const row = text.split('\n').find((line) => line.startsWith(wanted));
  const close = Number(row?.split(',')[4]);
  return close > 0 ? close / 10_000 : Number.NaN;
}
