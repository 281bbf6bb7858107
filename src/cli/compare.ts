/** `bifrost compare`: two backtests side by side. */

import { Command } from 'commander';
import { compareRuns, type NumberDifference, type RunComparison } from '../backtest/compare.ts';
import { dataDirOf } from '../config/load.ts';
import { type Cell, fields, print, printJson, rounded, table } from './output.ts';
import { RUN_FORMS, readRun } from './run-argument.ts';

/** The command. */
export function compareCommand(): Command {
  return new Command('compare')
    .description('how two backtests differ: settings, totals, gates, and the first other decision')
    .argument('<run>', RUN_FORMS)
    .argument('<other>', 'another')
    .option('--json', 'print JSON')
    .action((one: string, other: string, flags: { readonly json?: boolean }) => {
      const dataDir = dataDirOf(process.env, process.cwd());
      const comparison = compareRuns(readRun(one, dataDir), readRun(other, dataDir));
      if (flags.json === true) printJson(comparison);
      else print(describe(comparison, one, other));
    });
}

function describe(comparison: RunComparison, one: string, other: string): string {
  const { settings, first_difference: first, same_data: same } = comparison;
  const side = (rows: readonly NumberDifference[], name: string): string =>
    table(
      [name, one, other, 'difference'],
      rows.map((row) => differenceRow(row)),
    );
  return [
    fields([
      ['same data', same === null ? 'not known' : same ? 'yes' : 'no'],
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
