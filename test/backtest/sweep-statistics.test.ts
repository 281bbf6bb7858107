import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { reportSweep } from '../../src/backtest/frontier.ts';
import type { Overrides } from '../../src/backtest/grid.ts';
import { joinPeriods, type PeriodRow, Periods } from '../../src/backtest/periods.ts';
import {
  blockLength,
  bootstrapSets,
  efficientOf,
  stationaryIndices,
} from '../../src/backtest/sweep-bootstrap.ts';
import type { CellResult } from '../../src/backtest/sweep-job.ts';
import { rungsOf, survivors } from '../../src/backtest/sweep-search.ts';
import { sensitivityOf } from '../../src/backtest/sweep-sensitivity.ts';
import { measureSet, setsOf } from '../../src/backtest/sweep-sets.ts';
import { bestSharpe, deflatedSharpe, expectedMaximum } from '../../src/backtest/sweep-sharpe.ts';
import { walkForward } from '../../src/backtest/sweep-walk.ts';
import { epochOf } from '../../src/domain/calendar.ts';
import { createRandom } from '../../src/runtime/random.ts';

const HALF_HOUR = 1_800_000;

/** The fields that statistics read. */
function cellOf(index: number, overrides: Overrides, periods: readonly PeriodRow[]): CellResult {
  const totals = { hedges: 1, commissions: 0, slippage: 0 };
  return {
    index,
    seed: 1,
    overrides,
    totals,
    periods,
    block_reasons: { cooldown: index },
  } as never;
}

function period(day: string, index: number, changes: Partial<PeriodRow> = {}): PeriodRow {
  const ts = epochOf(day, '09:30') + index * HALF_HOUR;
  const nothing = { pnl: 0, cost: 0, evaluations: 1, error_sum: 0, error_square: 0 };
  return { ts, day, ...nothing, ...changes };
}

describe('the deflated Sharpe ratio', () => {
  // The numerical example of Bailey and López de Prado (2014): a ratio of 2.5 a year in five years
  // of days, skewness −3, kurtosis 10, found among 100 trials whose ratios vary by 1/2 a year.
  const trial = { sharpe: 2.5 / Math.sqrt(250), samples: 1250, skewness: -3, kurtosis: 10 };

  it('is that of the paper for a hundred trials and for forty-six', () => {
    const hundred = expectedMaximum(100, 0.5 / 250);
    assert.ok(Math.abs(hundred - 0.1132) < 5e-5, `${hundred}`);
    assert.ok(Math.abs(deflatedSharpe(trial, hundred) - 0.9004) < 5e-5);
    const fewer = deflatedSharpe(trial, expectedMaximum(46, 0.5 / 250));
    assert.ok(Math.abs(fewer - 0.9505) < 5e-5, `${fewer}`);
  });

  it('falls with every further trial', () => {
    const at = (trials: number) => deflatedSharpe(trial, expectedMaximum(trials, 0.5 / 250));
    for (let trials = 2; trials < 1000; trials *= 2) assert.ok(at(2 * trials) < at(trials));
  });

  it('counts all that a search tried, and not only what it kept of them', () => {
    const random = createRandom('kept');
    const noise = Array.from({ length: 60 }, () => random.normal());
    const gains = (mean: number) =>
      noise.map((luck, at) => period('20230803', at, { pnl: mean + luck }));
    const kept = setsOf([0, 1, 2].map((at) => cellOf(at, { a: at }, gains(0.3 + at / 100))));
    const all = bestSharpe(kept);
    const few = bestSharpe(kept, 300);
    assert.ok(all !== null && few !== null);
    assert.deepEqual([all.trials, few.trials], [3, 300]);
    // Those that were kept are alike, and so say little of how far the ratios of 300 scatter:
    // worthless ones of sixty periods do by an eighth.
    assert.ok(Math.abs(few.expected - expectedMaximum(300, 1 / 59)) < 1e-12, `${few.expected}`);
    assert.ok(few.deflated < all.deflated && few.deflated < 0.6, `${few.deflated}`);
    assert.equal(bestSharpe(kept.slice(0, 1)), null);
    assert.equal(bestSharpe(kept.slice(0, 1), 300)?.trials, 300);
  });

  it('sees no skill in the best of many sets of noise, and some in a set that always earns', () => {
    const random = createRandom('noise');
    const noise = (mean: number) =>
      Array.from({ length: 60 }, (_, at) =>
        period('20230803', at, { pnl: mean + random.normal() }),
      );
    const sets = Array.from({ length: 40 }, (_, at) => cellOf(at, { a: at }, noise(0)));
    const luck = bestSharpe(setsOf(sets));
    assert.ok(luck !== null && luck.sharpe > 0.15, 'the best of them looks good');
    assert.ok(luck.deflated < 0.9, `${luck.deflated}`);
    const skilled = bestSharpe(setsOf([...sets, cellOf(40, { a: 40 }, noise(1.5))]));
    assert.equal(skilled?.index, 40);
    assert.ok(skilled.deflated > 0.99, `${skilled.deflated}`);
  });
});

describe('the bootstrap', () => {
  it('draws blocks of the mean length that was asked for, over all periods alike', () => {
    const random = createRandom('blocks');
    const [length, mean] = [20_000, 5];
    const indices = stationaryIndices(random, length, mean);
    let blocks = 1;
    for (let at = 1; at < length; at += 1) {
      if (indices[at] !== ((indices[at - 1] ?? 0) + 1) % length) blocks += 1;
    }
    assert.ok(Math.abs(length / blocks - mean) < 0.3, `${length / blocks}`);
    const middle = indices.reduce((sum, one) => sum + one, 0) / length;
    assert.ok(Math.abs(middle / length - 0.5) < 0.03, `${middle}`);
    assert.deepEqual([8, 27, 250].map(blockLength), [2, 3, 6]);
  });

  it('has bands that hold what was, and that are as wide as theory says for independent gains', () => {
    const random = createRandom('gains');
    const periods = Array.from({ length: 125 }, (_, at) =>
      period('20230803', at, { pnl: 3 + random.normal(), cost: 1, error_sum: random.normal() }),
    );
    const squared = periods.map((one) => ({ ...one, error_square: one.error_sum ** 2 }));
    const sets = setsOf([cellOf(0, {}, squared)]);
    const [bands] = bootstrapSets(sets) ?? [];
    const { pnl, error } = measureSet(sets[0] ?? { index: 0, overrides: {}, cells: [] });
    assert.ok(bands !== undefined);
    assert.ok(bands.pnl[0] < pnl && pnl < bands.pnl[1]);
    assert.ok(bands.error[0] < error && error < bands.error[1]);
    // The same cost in each period has no band at all.
    assert.deepEqual(bands.cost, [125, 125]);
    const width = (bands.pnl[1] - bands.pnl[0]) / (2 * 1.645 * Math.sqrt(125));
    assert.ok(width > 0.75 && width < 1.25, `${width}`);
    assert.equal(bands.efficient, 1);
    assert.deepEqual(bootstrapSets(sets), [bands]);
  });

  it('says nothing of too few periods', () => {
    const few = Array.from({ length: 7 }, (_, at) => period('20230803', at));
    assert.equal(bootstrapSets(setsOf([cellOf(0, {}, few)])), null);
  });
});

describe('the frontier', () => {
  it('has every point that no other beats, and no other', () => {
    const point = fc.record({ error: fc.integer({ min: 0, max: 6 }), cost: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 30 }), (points) => {
        const beaten = points.map((one) =>
          points.some(
            (other) =>
              other.error <= one.error &&
              other.cost <= one.cost &&
              (other.error < one.error || other.cost < one.cost),
          ),
        );
        assert.deepEqual(
          efficientOf(points),
          beaten.map((is) => !is),
        );
      }),
    );
  });
});

const DAYS = ['20230801', '20230802', '20230803', '20230804', '20230807', '20230808'];

/** A cell that earns what `gain` says of each day. */
function earning(index: number, a: number, gain: (day: number) => number): CellResult {
  const periods = DAYS.flatMap((day, at) => [
    period(day, 0, { pnl: gain(at), cost: 1 }),
    period(day, 1, { pnl: gain(at) / 2 }),
  ]);
  return cellOf(index, { a }, periods);
}

describe('walk-forward', () => {
  const sets = setsOf([
    earning(0, 1, (day) => (day < 3 ? 10 : -10)),
    earning(1, 2, (day) => (day < 3 ? -10 : 10)),
    earning(2, 3, () => 1),
  ]);

  it('chooses on the days before and judges on the days after', () => {
    const walk = walkForward(sets, 'pnl', { train_days: 2, test_days: 2 });
    assert.deepEqual(
      walk?.steps.map(({ train, test, index, rank }) => [train, test, index, rank]),
      [
        // The first set was best until the third day, and loses from the fourth on.
        [['20230801', '20230802'], ['20230803', '20230804'], 0, 2],
        [['20230803', '20230804'], ['20230807', '20230808'], 2, 2],
      ],
    );
    const [first] = walk?.steps ?? [];
    assert.deepEqual([first?.inside.pnl, first?.outside.pnl], [30, 0]);
    assert.equal(first?.blind.pnl, 1);
    assert.equal(walk?.pnl, 3);
  });

  it('makes the same choice whatever comes after it', () => {
    const others = setsOf([
      earning(0, 1, (day) => (day < 2 ? 10 : 1000)),
      earning(1, 2, (day) => (day < 2 ? -10 : 77)),
      earning(2, 3, (day) => (day < 2 ? 1 : -3)),
    ]);
    const windows = { train_days: 2, test_days: 2 };
    const chosen = [sets, others].map((one) => walkForward(one, 'pnl', windows)?.steps[0]?.index);
    assert.deepEqual(chosen, [0, 0]);
  });

  it('judges on no day by which the sets were already chosen from more', () => {
    const walk = (seen: number) =>
      walkForward(sets, 'pnl', { train_days: 1, test_days: 2 }, seen)?.steps.map(
        ({ train, test }) => [train[0], test[0]],
      );
    assert.deepEqual(walk(0)?.[0], ['20230801', '20230802']);
    assert.deepEqual(walk(3), [
      ['20230803', '20230804'],
      ['20230807', '20230808'],
    ]);
    assert.equal(walk(6), undefined);
  });

  it('takes half of the days to choose on, and is none of one day or one set', () => {
    assert.deepEqual(walkForward(sets, 'pnl', null)?.windows, { train_days: 3, test_days: 1 });
    assert.equal(walkForward(sets.slice(0, 1), 'pnl', null), null);
    assert.equal(walkForward(sets, 'pnl', { train_days: 6, test_days: 1 }), null);
  });
});

describe('sensitivity', () => {
  it('gives all of the differences to the one parameter that makes them', () => {
    const cells = [0, 1, 2, 3].flatMap((a) =>
      [0, 1].map((b) => {
        const periods = DAYS.map((day) => period(day, 0, { pnl: 10 * a }));
        return cellOf(2 * a + b, { a, b }, periods);
      }),
    );
    const [a, b] = sensitivityOf(setsOf(cells));
    assert.ok(Math.abs((a?.explains.pnl ?? 0) - 1) < 1e-9);
    assert.ok(Math.abs(b?.explains.pnl ?? 1) < 1e-9);
    assert.equal(a?.explains.error, null);
    assert.deepEqual(
      a?.values.map(({ value, sets, pnl }) => [value, sets, pnl]),
      [0, 1, 2, 3].map((value) => [String(value), 2, 60 * value]),
    );
  });

  it('takes the values of a range together by size', () => {
    const cells = Array.from({ length: 40 }, (_, at) =>
      cellOf(at, { a: (7 * at) % 40 }, [period('20230803', 0, { pnl: (7 * at) % 40 })]),
    );
    const [only] = sensitivityOf(setsOf(cells));
    assert.equal(only?.values.length, 5);
    assert.equal(only?.values[0]?.value, '0 … 7');
    assert.equal(only?.values[0]?.pnl, 3.5);
  });
});

describe('seeds of one set', () => {
  it('are one point, its numbers means of theirs', () => {
    const runs = [10, 20].map((pnl, at) => {
      const one = cellOf(at, { a: 1 }, [period('20230803', 0, { pnl, cost: pnl / 10 })]);
      return { ...one, seed: at + 1 };
    });
    const { points, blocks } = reportSweep(runs, { objective: 'pnl', windows: null, rungs: [] });
    const [only, ...rest] = points;
    assert.deepEqual([only?.pnl, only?.cost, only?.seeds, rest.length], [15, 1.5, 2, 0]);
    assert.deepEqual(blocks, { cooldown: [0.5] });
  });
});

describe('halving', () => {
  it('tries many sets on few days and few on all', () => {
    const days = Array.from({ length: 9 }, (_, at) => `2023080${at + 1}`);
    assert.deepEqual(
      rungsOf(days, 27, 3).map((rung) => [rung.days.length, rung.sets]),
      [
        [1, 27],
        [3, 9],
        [9, 3],
      ],
    );
    assert.throws(() => rungsOf(['20230801'], 27, 3), { code: 'config_invalid' });
  });

  it('keeps the best sets, in the order of the grid, the earlier of two equals', () => {
    const results = [3, 5, 5, 1].map((pnl, at) => earning(at, at, () => pnl));
    const cells = results.map(({ index, overrides }) => ({ index, seed: 1, overrides }));
    const kept = (sets: number) => survivors(cells, results, 'pnl', sets).map((cell) => cell.index);
    assert.deepEqual([kept(1), kept(2), kept(3)], [[1], [1, 2], [0, 1, 2]]);
    assert.deepEqual(
      survivors(cells, results, 'cost', 1).map(({ index }) => index),
      [0],
    );
  });
});

describe('periods', () => {
  it('sum to what was earned and paid, and are days from twenty days on', () => {
    for (const days of [3, 19, 20, 25]) {
      const [one, other] = [new Periods(), new Periods()];
      let pnl = 0;
      for (let day = 0; day < days; day += 1) {
        for (let half = 0; half < 13; half += 1) {
          const ts = epochOf('20230103', '09:30') + day * 86_400_000 + half * HALF_HOUR;
          pnl += day + half;
          one.value(ts, pnl, pnl / 2);
          other.evaluate(ts, half);
          other.evaluate(ts, Number.NaN);
        }
      }
      const rows = joinPeriods(one, other);
      assert.equal(rows.length, days < 20 ? 13 * days : days);
      assert.equal(
        rows.reduce((sum, row) => sum + row.pnl, 0),
        pnl,
      );
      assert.equal(
        rows.reduce((sum, row) => sum + row.cost, 0),
        pnl / 2,
      );
      assert.equal(
        rows.reduce((sum, row) => sum + row.evaluations, 0),
        13 * days,
      );
      assert.equal(rows[0]?.error_square, days < 20 ? 0 : 650);
    }
  });
});
