/** `bifrost iv`: the volatilities that option prices imply. */

import { Command } from 'commander';
import { Fault } from '../fault.ts';
import { calculateVol } from '../pricing/calculator.ts';
import { calculateCsv, type Output, type Row, RowError } from './csv.ts';
import { TERM_COLUMNS, termsOf } from './option-row.ts';
import { print, printJson } from './output.ts';
import { needed, type TermFlags, termsOfFlags, withTermFlags } from './price.ts';

interface Flags extends TermFlags {
  readonly csv?: string;
  readonly out?: string;
  readonly price?: number;
  readonly json?: boolean;
}

export function ivCommand(): Command {
  const command = new Command('iv')
    .description('Implied volatility, American options through the American engine.')
    .option('--csv <file>', 'columns as of `bifrost price`, and price; - is standard input')
    .option('--out <file>', 'where sigma and error go (default: standard output)');
  return withTermFlags(command)
    .option('--price <usd>', 'price of the option', Number)
    .option('--json', 'as JSON; of a file, a list of its rows')
    .action(runIv);
}

async function runIv(flags: Flags): Promise<void> {
  if (flags.csv !== undefined) {
    const required = [...TERM_COLUMNS, 'price'];
    const { json = false } = flags;
    const solve = { required, appended: ['sigma'], compute: solveRow, json };
    await calculateCsv(flags.csv, flags.out, solve);
    return;
  }
  const solved = calculateVol(termsOfFlags(flags), needed(flags.price, '--price'));
  if (solved.kind === 'none') throw new Fault('invalid', `no volatility: ${solved.reason}`);
  if (flags.json === true) printJson({ sigma: solved.sigma });
  else print(String(solved.sigma));
}

function solveRow(row: Row): readonly Output[] {
  const solved = calculateVol(termsOf(row), row.number('price'));
  if (solved.kind === 'none') throw new RowError(solved.reason);
  return [solved.sigma];
}
