/** `bifrost iv`: the volatilities that option prices imply. */

import { Command } from 'commander';
import { Fault } from '../fault.ts';
import { calculateVol, type OptionTerms } from '../pricing/calculator.ts';
import { quoteVols } from '../pricing/quote-vol.ts';
import { calculateCsv, type Output, type Row, RowError } from './csv.ts';
import { TERM_COLUMNS, termsOf } from './option-row.ts';
import { fields, print, printJson } from './output.ts';
import { needed, type TermFlags, termsOfFlags, withTermFlags } from './price.ts';

interface Flags extends TermFlags {
  readonly csv?: string;
  readonly out?: string;
  readonly price?: number;
  readonly bid?: number;
  readonly ask?: number;
  readonly quotes?: boolean;
  readonly json?: boolean;
}

export function ivCommand(): Command {
  const command = new Command('iv')
    .description('Implied volatility, American options through the American engine.')
    .option('--csv <file>', 'columns as of `bifrost price`, and price; - is standard input')
    .option(
      '--quotes',
      'of a file: columns bid and ask for price; volatilities of bid, mid and ask',
    )
    .option('--out <file>', 'where sigma and error go (default: standard output)');
  return withTermFlags(command)
    .option('--price <usd>', 'price of the option', Number)
    .option('--bid <usd>', 'with --ask, instead of --price: all three volatilities', Number)
    .option('--ask <usd>', 'with --bid', Number)
    .option('--json', 'as JSON; of a file, a list of its rows')
    .action(runIv);
}

async function runIv(flags: Flags): Promise<void> {
  if (flags.csv !== undefined) {
    const { json = false, quotes = false } = flags;
    const solve = quotes
      ? { required: [...TERM_COLUMNS, 'bid', 'ask'], appended: QUOTE_VOLS, compute: quoteRow, json }
      : { required: [...TERM_COLUMNS, 'price'], appended: ['sigma'], compute: solveRow, json };
    await calculateCsv(flags.csv, flags.out, solve);
    return;
  }
  if (flags.bid !== undefined || flags.ask !== undefined) {
    showQuote(flags);
    return;
  }
  const solved = calculateVol(termsOfFlags(flags), needed(flags.price, '--price'));
  if (solved.kind === 'none') throw new Fault('invalid', `no volatility: ${solved.reason}`);
  if (flags.json === true) printJson({ sigma: solved.sigma });
  else print(String(solved.sigma));
}

const QUOTE_VOLS = ['sigma_bid', 'sigma', 'sigma_ask'] as const;

function showQuote(flags: Flags): void {
  const [bid, ask] = [needed(flags.bid, '--bid'), needed(flags.ask, '--ask')];
  const sigmas = volsOf(termsOfFlags(flags), bid, ask);
  const named = QUOTE_VOLS.map((name, index) => [name, sigmas[index] ?? null] as const);
  if (flags.json === true) printJson(Object.fromEntries(named));
  else print(fields(named.map(([name, sigma]) => [name, sigma === null ? 'none' : String(sigma)])));
}

/** A side that has no volatility, as a bid below the intrinsic value, has an empty cell. */
function quoteRow(row: Row): readonly (Output | null)[] {
  const sigmas = volsOf(termsOf(row), row.number('bid'), row.number('ask'));
  if (sigmas.every((sigma) => sigma === null)) throw new RowError('no_volatility');
  return sigmas;
}

function volsOf(terms: OptionTerms, bid: number, ask: number): readonly (number | null)[] {
  const vols = quoteVols(
    (price) => {
      const solved = calculateVol(terms, price);
      return solved.kind === 'none' ? null : solved.sigma;
    },
    { bid, ask },
  );
  return [vols.bid, vols.mid, vols.ask];
}

function solveRow(row: Row): readonly Output[] {
  const solved = calculateVol(termsOf(row), row.number('price'));
  if (solved.kind === 'none') throw new RowError(solved.reason);
  return [solved.sigma];
}
