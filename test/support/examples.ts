/**
 * `npm run examples -- DATA`: the runs of `docs/backtest.md`, made again on LEAN's sample data,
 * beside the numbers that the page gives. A difference ends it with status 1.
 */

import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SweepReport } from '../../src/backtest/frontier.ts';
import { bifrost, ROOT } from './program.ts';
import { makeTempDir } from './temp-dir.ts';

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
  const paths = flags.map(rooted);
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
  return [String(totals.hedges), ...usd.map(usdText)];
}

/** The sweep of "Tune on history", and the rows of its table. */
export function documentedSweep(): {
  readonly flags: readonly string[];
  readonly told: readonly string[];
} {
  const page = pageText();
  const section = page.slice(
    page.indexOf('\n### Tune on history\n'),
    page.indexOf('\n## Parity\n'),
  );
  const [, command = ''] = /npx bifrost sweep --data DATA ([^`]+) --report/.exec(section) ?? [];
  const flags = command.replaceAll('\\', ' ').trim().split(/\s+/);
  const told = [...section.matchAll(/^\| (\d.+) \|$/gm)].map(([, cells = '']) => cells);
  return { flags, told };
}

/** The rows that it gives now. */
export async function runSweepExample(
  flags: readonly string[],
  data: string,
): Promise<readonly string[]> {
  const out = makeTempDir('examples');
  try {
    const paths = flags.map(rooted);
    const args = ['sweep', '--data', data, '--out', out, '--json', ...paths];
    const { code, out: text, err } = await bifrost(args);
    if (code !== 0) throw new Error(`${flags.join(' ')}: ${err}`);
    const { report } = JSON.parse(text) as { readonly report: SweepReport };
    return report.points.map(({ overrides, hedges, pnl, error, cost, efficient }) =>
      [
        ...[...Object.values(overrides).map(String), String(hedges), usdText(pnl)],
        ...[error.toFixed(1), usdText(cost), efficient ? 'yes' : 'no'],
      ].join(' | '),
    );
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** Of this repository. */
export function documentedExamples(): readonly Example[] {
  return examplesOf(pageText());
}

function pageText(): string {
  return readFileSync(join(ROOT, 'docs/backtest.md'), 'utf8');
}

function rooted(flag: string): string {
  return flag.startsWith('config/') ? join(ROOT, flag) : flag;
}

function usdText(value: number): string {
  return value.toFixed(2).replace('-', '−');
}

if (import.meta.main) {
  const data = resolve(process.argv[2] ?? 'DATA');
  const tell = (what: string, found: readonly string[], told: readonly string[]): void => {
    const isSame = found.join() === told.join();
    if (!isSame) process.exitCode = 1;
    const verdict = isSame ? 'as documented' : `DIFFERS, the page says ${told.join('  ')}`;
    process.stdout.write(`${what}\n  ${found.join('  ')}  ${verdict}\n`);
  };
  for (const example of documentedExamples()) {
    tell(example.flags.join(' '), await runExample(example, data), example.told);
  }
  const { flags, told } = documentedSweep();
  tell(`sweep ${flags.join(' ')}`, await runSweepExample(flags, data), told);
}
