/**
 * `npm run examples -- DATA`: the backtests of `docs/backtest.md`, run again on LEAN's sample data,
 * beside the numbers that the page gives. A difference ends it with status 1.
 */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bifrost, ROOT } from './program.ts';

interface Example {
  readonly flags: readonly string[];
  /** As the page has them: hedges, P&L, gamma, theta, vega, costs. */
  readonly told: readonly string[];
}

interface Result {
  readonly totals: { readonly hedges: number; readonly pnl: number };
  readonly attribution: Readonly<Record<string, number>>;
}

/** The runs of the table under "Examples". */
export function examplesOf(page: string): readonly Example[] {
  const section = page.slice(page.indexOf('\n## Examples\n'));
  return [...section.matchAll(/^\| `(--symbol [^`]+)` \|(.+)\|$/gm)].map(
    ([, flags = '', cells = '']) => ({
      flags: flags.split(' '),
      told: cells.split('|').map((cell) => cell.trim()),
    }),
  );
}

/** What a run gives, as the page writes it. */
export async function runExample({ flags }: Example, data: string): Promise<readonly string[]> {
  const config = flags.includes('--config') ? [] : ['--config', join(ROOT, 'config/demo.yaml')];
  const paths = flags.map((flag) => (flag.startsWith('config/') ? join(ROOT, flag) : flag));
  const { code, out, err } = await bifrost([
    ...['backtest', '--data', data, '--no-keep', '--json'],
    ...paths,
    ...config,
  ]);
  if (code !== 0) throw new Error(`${flags.join(' ')}: ${err}`);
  const { totals, attribution } = JSON.parse(out) as Result;
  const { gamma = 0, theta = 0, vega = 0, commission = 0, slippage = 0 } = attribution;
  const costs = commission + slippage + (attribution['optionSpread'] ?? 0);
  const usd = [totals.pnl, gamma, theta, vega, costs];
  return [String(totals.hedges), ...usd.map((value) => value.toFixed(2).replace('-', '−'))];
}

/** Of this repository. */
export function documentedExamples(): readonly Example[] {
  return examplesOf(readFileSync(join(ROOT, 'docs/backtest.md'), 'utf8'));
}

if (import.meta.main) {
  const data = resolve(process.argv[2] ?? 'DATA');
  for (const example of documentedExamples()) {
    const found = await runExample(example, data);
    const isSame = found.join() === example.told.join();
    if (!isSame) process.exitCode = 1;
    const verdict = isSame ? 'as documented' : `DIFFERS, the page says ${example.told.join('  ')}`;
    process.stdout.write(`${example.flags.join(' ')}\n  ${found.join('  ')}  ${verdict}\n`);
  }
}
