/** `bifrost vol`: what the bars of an underlying say about its volatility. */

import { Command } from 'commander';
import { Fault } from '../fault.ts';
import {
  annualised,
  type Bar,
  closeToClose,
  ewma,
  garmanKlass,
  garmanKlassYangZhang,
  isBar,
  parkinson,
  rogersSatchell,
  yangZhang,
} from '../pricing/volatility.ts';
import { type Row, RowError, readCsv } from './csv.ts';
import { print, printJson, rounded, table } from './output.ts';

interface Flags {
  readonly csv: string;
  readonly barsPerYear: number;
  readonly json?: boolean;
}

/** A century of minutes of one session a day fits; more is not a file of bars. */
const BARS_MAX = 10_000_000;

const ESTIMATORS: Readonly<Record<string, (bars: readonly Bar[]) => number>> = {
  close_to_close: closeToClose,
  parkinson,
  garman_klass: garmanKlass,
  garman_klass_yang_zhang: garmanKlassYangZhang,
  rogers_satchell: rogersSatchell,
  yang_zhang: yangZhang,
  ewma: (bars) => ewma(bars),
};

export function volCommand(): Command {
  return new Command('vol')
    .description('Volatility of OHLC bars by seven estimators, annualised.')
    .requiredOption('--csv <file>', 'columns open, high, low, close, oldest first; - is stdin')
    .option('--bars-per-year <count>', 'of the bars in the file', Number, 252)
    .option('--json', 'as JSON')
    .action(runVol);
}

async function runVol({ csv, barsPerYear, json }: Flags): Promise<void> {
  if (!(barsPerYear > 0)) throw new Fault('usage', '--bars-per-year needs a positive number');
  const bars: Bar[] = [];
  await readCsv(csv, ['open', 'high', 'low', 'close'], {
    header: () => undefined,
    row: (_cells, row) => {
      bars.push(barOf(csv, bars.length + 1, row));
      if (bars.length > BARS_MAX)
        throw new Fault('invalid', `${csv} has more than ${BARS_MAX} bars`);
    },
  });
  const volatilities = Object.entries(ESTIMATORS).map(
    ([name, estimate]): [string, number | null] => {
      const vol = annualised(estimate(bars), barsPerYear);
      return [name, Number.isFinite(vol) ? vol : null];
    },
  );
  if (json === true) printJson({ bars: bars.length, ...Object.fromEntries(volatilities) });
  else {
    const rows = volatilities.map(([name, vol]) => [name, rounded(vol, 6)]);
    print(table(['estimator', 'volatility'], rows));
  }
}

function barOf(file: string, count: number, row: Row): Bar {
  try {
    const [open, high, low, close] = ['open', 'high', 'low', 'close'].map((name) =>
      row.number(name),
    );
    const bar = { open: open ?? 0, high: high ?? 0, low: low ?? 0, close: close ?? 0 };
    if (!isBar(bar)) throw new RowError('not a bar: low ≤ open, close ≤ high, all above zero');
    return bar;
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    // A bar left out would make a gap of two days look like one of one day.
    throw new Fault('invalid', `${file}, bar ${count}: ${error.message}`);
  }
}
