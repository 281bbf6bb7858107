/** A data folder in LEAN's layout, made by the test: a few bars of a stock and two options. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { zipSync } from 'fflate';

/** Writes one zip below `root`; `files` are the texts of its entries by name. */
export function writeLeanZip(root: string, path: string, files: Record<string, string>): void {
  const target = join(root, path);
  mkdirSync(dirname(target), { recursive: true });
  const entries = Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]);
  writeFileSync(target, zipSync(Object.fromEntries(entries)));
}

const MINUTE = 60_000;
const OPEN = 9.5 * 60 * MINUTE;

/** A quote row with the same prices (1/10,000 USD) through the bar; '' for a side without quote. */
export function leanRow(
  start: number,
  bid: number | '',
  bidSize: number | '',
  ask: number | '',
  askSize: number | '',
): string {
  return `${start},${bid},${bid},${bid},${bid},${bidSize},${ask},${ask},${ask},${ask},${askSize}`;
}

/**
 * `ACME` on the given days: three minutes of the stock from one minute before the open, a put with
 * a one-sided bar and a missing bar, and a call. Options expire on `expiry` (as dated).
 */
export function writeAcme(root: string, days: readonly string[], expiry: string): void {
  for (const day of days) {
    const stock = [
      leanRow(OPEN - 2 * MINUTE, 998_000, 1, 999_000, 2),
      leanRow(OPEN - MINUTE, 999_000, 300, 999_200, 400),
      leanRow(OPEN, 1_000_000, 100, 1_000_200, 200),
      leanRow(OPEN + MINUTE, 1_000_500, 500, 1_000_600, 600),
      leanRow(19 * 60 * MINUTE, 1_010_000, 1, 1_020_000, 1),
    ];
    const put = [
      leanRow(OPEN, 12_500, 10, 13_000, 20),
      leanRow(OPEN + 2 * MINUTE, '', '', 12_900, 5),
    ];
    const call = [leanRow(OPEN, 11_000, 7, 11_500, 8)];
    const name = (right: string, strike: number) =>
      `${day}_acme_minute_quote_american_${right}_${strike}_${expiry}.csv`;
    writeLeanZip(root, `equity/usa/minute/acme/${day}_quote.zip`, {
      [`${day}_acme_minute_quote.csv`]: `${stock.join('\n')}\n`,
    });
    writeLeanZip(root, `option/usa/minute/acme/${day}_quote_american.zip`, {
      [name('put', 1_000_000)]: `${put.join('\r\n')}\r\n`,
      [name('call', 1_025_000)]: call.join('\n'),
    });
  }
}
