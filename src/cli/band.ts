/**
 * `bifrost band`: hedging bands of option positions. `delta` and `gamma` are of one option per
 * share and `position` says how many shares of options there are (100 for a contract held, −100 for
 * one written; 1 if empty). The band is the interval of deltas, in shares, that the hedge may stand
 * for: a hedge of −x shares is left alone while `low` ≤ x ≤ `high`, else brought to the target.
 */

import { Command } from 'commander';
import { bandToCenter, type PolicyBand } from '../pricing/policies/band.ts';
import { gammaScaled } from '../pricing/policies/gamma-scaled.ts';
import { leland } from '../pricing/policies/leland.ts';
import { moveLimit } from '../pricing/policies/move-based.ts';
import { whalleyWilmott } from '../pricing/policies/whalley-wilmott.ts';
import { ZAKAMOULINE_K, zakamouline } from '../pricing/policies/zakamouline.ts';
import { calculateCsv, type Output, type Row, RowError } from './csv.ts';

interface Flags {
  readonly csv: string;
  readonly out?: string;
  readonly json?: boolean;
}

const POLICIES: Readonly<Record<string, (row: Row) => PolicyBand>> = {
  fixed_band: (row) => bandToCenter(deltaOf(row), positive(row, 'width')),
  time: (row) => bandToCenter(deltaOf(row), 0),
  gamma_scaled: (row) =>
    gammaScaled(
      { delta: deltaOf(row), gamma: gammaOf(row) },
      { spot: positive(row, 'S'), sigma: positive(row, 'sigma') },
      row.number('multiple', 1),
      intervalOf(row),
    ),
  whalley_wilmott: (row) =>
    whalleyWilmott({ delta: deltaOf(row), gamma: gammaOf(row) }, marketOf(row), aversionOf(row)),
  zakamouline: zakamoulineOf,
  leland: lelandOf,
  move: moveOf,
};

export function bandCommand(): Command {
  return new Command('band')
    .description(
      'Hedging bands: fixed_band (column width), time, gamma_scaled (multiple, interval), ' +
        'whalley_wilmott, zakamouline (k), leland (interval) and move (multiple, interval and ' +
        'S0, the spot of the last hedge). interval is in years, 1/252 if empty. delta and gamma ' +
        'are of one option, per share; position is in shares of options, 100 for a contract. ' +
        'The answer is in deltas of the options: shares of −x stay while low ≤ x ≤ high.',
    )
    .requiredOption(
      '--csv <file>',
      'columns policy, delta, gamma, S, K, T, r, sigma, cost, risk_aversion, position; - is stdin',
    )
    .option(
      '--out <file>',
      'where low, high, target_low, target_high go (default: standard output)',
    )
    .option('--json', 'as JSON: a list of the rows')
    .action(runBand);
}

async function runBand({ csv, out, json = false }: Flags): Promise<void> {
  await calculateCsv(csv, out, {
    required: ['policy', 'delta', 'gamma', 'S'],
    appended: ['low', 'high', 'target_low', 'target_high'],
    compute: bandRow,
    json,
  });
}

function bandRow(row: Row): readonly Output[] {
  const policy = row.text('policy');
  const compute = Object.hasOwn(POLICIES, policy) ? POLICIES[policy] : undefined;
  if (compute === undefined) throw new RowError(`unknown_policy: ${policy || 'empty'}`);
  const { low, high, targetLow, targetHigh } = compute(row);
  if (!Number.isFinite(low + high)) throw new RowError('out_of_range');
  return [low, high, targetLow, targetHigh];
}

function zakamoulineOf(row: Row): PolicyBand {
  const quantity = positionOf(row);
  const band = zakamouline(
    { delta: deltaOf(row), gamma: gammaOf(row), quantity },
    { ...marketOf(row), strike: positive(row, 'K'), dividendYield: row.number('q', 0) },
    aversionOf(row),
    row.number('k', ZAKAMOULINE_K),
  );
  if (band.kind === 'refused') throw new RowError(band.reason);
  return band;
}

function lelandOf(row: Row): PolicyBand {
  const band = leland(
    { delta: deltaOf(row), gamma: gammaOf(row), quantity: positionOf(row) },
    { ...marketOf(row), strike: positive(row, 'K'), dividendYield: row.number('q', 0) },
    costOf(row),
    intervalOf(row),
  );
  if (band.kind === 'refused') throw new RowError(band.reason);
  return band;
}

/**
 * Hedges that were made while the spot was so near: they stand for the deltas that lie as far from
 * the one of now as gamma takes it over that move.
 */
function moveOf(row: Row): PolicyBand {
  const rule = { multiple: row.number('multiple', 1), intervalYears: intervalOf(row) };
  const last = row.number('S0', positive(row, 'S'));
  const limit = moveLimit(last, positive(row, 'sigma'), rule);
  return bandToCenter(deltaOf(row), Math.abs(gammaOf(row)) * limit);
}

function positionOf(row: Row): number {
  return row.number('position', 1);
}

function deltaOf(row: Row): number {
  return row.number('delta') * positionOf(row);
}

function gammaOf(row: Row): number {
  return row.number('gamma') * positionOf(row);
}

function intervalOf(row: Row): number {
  return row.number('interval', 1 / 252);
}

function marketOf(row: Row) {
  return {
    spot: positive(row, 'S'),
    years: positive(row, 'T'),
    rate: row.number('r', 0),
    sigma: positive(row, 'sigma'),
  };
}

function aversionOf(row: Row) {
  return { cost: costOf(row), riskAversion: positive(row, 'risk_aversion') };
}

function costOf(row: Row): number {
  const cost = row.number('cost');
  if (cost < 0) throw new RowError('negative: cost');
  return cost;
}

function positive(row: Row, column: string): number {
  const value = row.number(column);
  if (!(value > 0)) throw new RowError(`not_positive: ${column}`);
  return value;
}
