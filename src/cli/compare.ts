/** `bifrost compare`: two backtests side by side. */

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { compareResults, type NumberDifference, type RunComparison } from '../backtest/compare.ts';
import type { BacktestResult } from '../backtest/result.ts';
import { Fault } from '../fault.ts';
import { type Cell, fields, print, printJson, rounded, table } from './output.ts';

/** The command. */
export function compareCommand(): Command {
  return new Command('compare')
    .description('how two backtests differ: settings, totals, gates, and the first other decision')
    .argument('<run>', 'a result of `backtest --json FILE`')
    .argument('<other>', 'another')
    .option('--json', 'print JSON')
    .action((one: string, other: string, flags: { readonly json?: boolean }) => {
      const comparison = compareResults(readResult(one), readResult(other));
      if (flags.json === true) printJson(comparison);
      else print(describe(comparison, one, other));
    });
}

function readResult(file: string): BacktestResult {
  let result: Partial<BacktestResult>;
  try {
    result = JSON.parse(readFileSync(file, 'utf8')) as Partial<BacktestResult>;
  } catch (cause) {
    throw new Fault('data_unreadable', `cannot read ${file} as JSON`, {
      remedy: 'Make one with bifrost backtest --json FILE.',
      cause,
    });
  }
  if (result.run === undefined || result.totals === undefined || result.decisions === undefined) {
    throw new Fault('data_unreadable', `${file} is no result of a backtest`, {
      remedy: 'Make one with bifrost backtest --json FILE.',
    });
  }
  return result as BacktestResult;
}

function describe(comparison: RunComparison, one: string, other: string): string {
  const { settings, first_difference: first } = comparison;
  const side = (rows: readonly NumberDifference[], name: string): string =>
    table(
      [name, one, other, 'difference'],
      rows.map((row) => differenceRow(row)),
    );
  return [
    fields([
      ['same data', comparison.same_data ? 'yes' : 'no'],
      ['same decisions', comparison.same_decisions ? 'yes' : 'no'],
    ]),
    '',
    settings.length === 0
      ? 'the same settings'
      : table(
          ['setting', one, other],
          settings.map((row) => [row.key, row.one, row.other]),
        ),
    '',
    side(comparison.totals, 'totals'),
    '',
    side(comparison.attribution, 'attribution'),
    '',
    side(comparison.block_reasons, 'closed gate'),
    '',
    side(comparison.verdicts, 'verdict'),
    ...(first === null
      ? []
      : ['', `first at ${new Date(first.ts).toISOString()}`, `  ${first.one}`, `  ${first.other}`]),
  ].join('\n');
}

function differenceRow({ name, one, other }: NumberDifference): readonly Cell[] {
  const change = one === null || other === null ? null : other - one;
  return [name, rounded(one, 2), rounded(other, 2), rounded(change, 2)];
}
