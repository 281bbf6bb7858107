/** `bifrost price`: values and greeks of options, of a file or of one given by flags. */

import { Command, Option } from 'commander';
import { Fault } from '../fault.ts';
import { type Calculated, calculate, type OptionTerms } from '../pricing/calculator.ts';
import { yearsToExpiry } from '../pricing/time-to-expiry.ts';
import { realWall } from '../runtime/real-clock.ts';
import { calculateCsv, type Output, type Row, RowError } from './csv.ts';
import { dividendsOf, TERM_COLUMNS, termsOf } from './option-row.ts';
import { fields, print, printJson } from './output.ts';

const FIRST = ['price', 'delta', 'gamma', 'vega', 'theta', 'rho'] as const;
const HIGHER = ['vanna', 'volga', 'charm', 'speed'] as const;

export interface TermFlags {
  readonly type: 'call' | 'put';
  readonly exercise: 'european' | 'american';
  readonly spot?: number;
  readonly strike?: number;
  readonly expiry?: string;
  readonly years?: number;
  readonly rate: number;
  readonly yield: number;
  readonly dividends: string;
  readonly model: 'spot' | 'escrowed';
}

interface Flags extends TermFlags {
  readonly csv?: string;
  readonly out?: string;
  readonly vol?: number;
  readonly json?: boolean;
}

export function priceCommand(): Command {
  const command = new Command('price')
    .description(
      'Prices options: European in closed form, American by spectral collocation, cash dividends ' +
        'by finite differences. vega and rho per 1.00, theta and charm per year.',
    )
    .option(
      '--csv <file>',
      'columns type, exercise, S, K, T, r, q, sigma, dividends, model; - is stdin',
    )
    .option('--out <file>', 'where the columns go that are appended (default: standard output)');
  return withTermFlags(command)
    .option('--vol <sigma>', 'volatility, annualised: 0.2', Number)
    .option('--json', 'as JSON; of a file, a list of its rows')
    .action(runPrice);
}

/** The flags of a single option. */
export function withTermFlags(command: Command): Command {
  return command
    .addOption(new Option('--type <right>', 'its right').choices(['call', 'put']).default('call'))
    .addOption(
      new Option('--exercise <style>', 'when it may be exercised')
        .choices(['european', 'american'])
        .default('european'),
    )
    .option('--spot <usd>', 'price of the underlying', Number)
    .option('--strike <usd>', 'strike', Number)
    .option('--expiry <day>', 'YYYYMMDD: time runs from now to the close of that day')
    .option('--years <years>', 'time to expiry in years of 365 days, instead of --expiry', Number)
    .option('--rate <rate>', 'continuous, per year', Number, 0)
    .option('--yield <rate>', 'dividend yield, continuous, per year', Number, 0)
    .option('--dividends <list>', 'cash dividends, years:amount;years:amount', '')
    .addOption(
      new Option('--model <model>', 'of cash dividends')
        .choices(['spot', 'escrowed'])
        .default('spot'),
    );
}

async function runPrice(flags: Flags): Promise<void> {
  if (flags.csv === undefined) {
    showOne(flags);
    return;
  }
  const appended = [...FIRST, ...HIGHER];
  const required = [...TERM_COLUMNS, 'sigma'];
  const { json = false } = flags;
  await calculateCsv(flags.csv, flags.out, { required, appended, compute: priceRow, json });
}

function priceRow(row: Row): readonly Output[] {
  const priced = answered(calculate(termsOf(row), row.number('sigma')));
  const { greeks, higher } = priced;
  const first = FIRST.map((name) => greeks[name]);
  return higher === null ? first : [...first, ...HIGHER.map((name) => higher[name])];
}

function answered(result: Calculated): Calculated & { kind: 'priced' } {
  if (result.kind === 'refused') throw new RowError(result.reason);
  return result;
}

function showOne(flags: Flags): void {
  const terms = termsOfFlags(flags);
  const result = calculate(terms, needed(flags.vol, '--vol'));
  if (result.kind === 'refused') throw new Fault('invalid', `no price: ${result.reason}`);
  const values = { ...result.greeks, ...result.higher };
  if (flags.json === true) printJson(values);
  else print(fields(Object.entries(values)));
}

/** The option that the flags describe; throws a usage fault that names the missing one. */
export function termsOfFlags(flags: TermFlags): OptionTerms {
  return {
    right: flags.type === 'call' ? 'C' : 'P',
    exercise: flags.exercise,
    spot: needed(flags.spot, '--spot'),
    strike: needed(flags.strike, '--strike'),
    years: yearsOf(flags),
    rate: needed(flags.rate, '--rate'),
    dividendYield: needed(flags.yield, '--yield'),
    dividends: dividendFlag(flags.dividends),
    model: flags.model,
  };
}

/** A flag's number, or the fault that tells how to give it. */
export function needed(value: number | undefined, flag: string): number {
  if (value !== undefined && Number.isFinite(value)) return value;
  throw new Fault('usage', `${flag} needs a number`, {
    remedy: 'a file goes by --csv, one option by --spot, --strike and --expiry or --years',
  });
}

function yearsOf({ expiry, years }: TermFlags): number {
  if (expiry === undefined) return needed(years, '--years');
  if (!/^\d{8}$/.test(expiry)) throw new Fault('usage', `--expiry "${expiry}" is not YYYYMMDD`);
  return yearsToExpiry(expiry, realWall().now());
}

function dividendFlag(text: string): OptionTerms['dividends'] {
  try {
    return dividendsOf(text);
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    throw new Fault('usage', `--dividends "${text}" is not years:amount;years:amount`);
  }
}
