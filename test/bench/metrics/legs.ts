/**
 * What the legs of a book cost, from four to two hundred: its record priced anew when the spot has
 * moved, and the evaluation of that record, which changes nothing, through the deciders. Beside
 * each the same book with four legs: the ratio is that of the whole, not of a leg.
 */

import { createDeciders } from '../../../src/engine/deciders.ts';
import { BOOK, LEG, LEG_LENGTH, legOffset } from '../../../src/protocol/book-board.ts';
import { bookId } from '../../../src/protocol/decision.ts';
import type { TurnInput } from '../../../src/runtime/turn.ts';
import { optionContract } from '../../support/book.ts';
import { Venue } from '../../support/venue.ts';
import { SYMBOL, World } from '../../support/world.ts';
import { createBookBench } from '../book-record.ts';
import type { Bench, Benchmark, Metric } from '../harness/benchmark.ts';
import { type Batch, paired } from '../harness/paired.ts';

const FEWEST: number = 4;
const MORE = [32, 100, 200] as const;
/** Between two readings of the clock. */
const BATCH = 20;

export const legs: Benchmark = {
  name: 'legs',
  about: 'a record priced and judged, of a book of four to two hundred legs, µs',
  run,
};

async function run(bench: Bench): Promise<readonly Metric[]> {
  const metrics: Metric[] = [];
  for (const part of [
    { name: 'legs.price', batch: priced },
    { name: 'legs.judge', batch: judged },
  ]) {
    for (const count of MORE) {
      metrics.push(
        await paired(bench, {
          name: `${part.name}.${count}`,
          ours: part.batch(count),
          baseline: part.batch(FEWEST),
          baselineName: `µs ${FEWEST} legs`,
          as: 'latency',
        }),
      );
    }
  }
  return metrics;
}

function priced(count: number): Batch {
  const next = createBookBench('american', count);
  return () => {
    next('spot');
    return 1;
  };
}

/** A session that holds so many options and watches them; its last evaluation is repeated. */
function judged(count: number): Batch {
  const venue = new Venue();
  const contracts = Array.from({ length: count - 1 }, (_, index) =>
    optionContract({ conId: 3000 + index, strike: 440 + (index % 20), right: 'P' }),
  );
  venue.others = contracts.map((contract) => ({ contract, quantity: 1 }));
  const world = new World({ venue });
  world.sync();
  world.marketUp();
  const { body: one } = world.evaluate({ delta: 0 });
  if (!(one instanceof Float64Array)) throw new Error('an evaluation has a record');
  const { runner, books } = createDeciders(world.boot, 0);
  for (const { kind, to, body, at } of world.records) runner.run({ kind, to, body }, at);
  const body = withLegs(one, [2001, ...contracts.map(({ conId }) => conId)]);
  const input: TurnInput = { kind: 'evaluation', to: bookId(SYMBOL), body };
  const { at } = world;
  // The first one still tells of the legs that came.
  runner.run(input, at);
  const { effects } = runner.run(input, at);
  const seen = books[0]?.view(at).legs.length;
  if (seen !== count || effects.length > 0) throw new Error(`${seen} legs of ${count}, or no rest`);
  return () => {
    for (let index = 0; index < BATCH; index += 1) runner.run(input, at);
    return BATCH;
  };
}

/** The record of one leg as that of many, which are as it is. */
function withLegs(one: Float64Array, conIds: readonly number[]): Float64Array {
  const record = new Float64Array(legOffset(conIds.length));
  record.set(one.subarray(0, legOffset(0)));
  record[BOOK.legCount] = conIds.length;
  const leg = one.subarray(legOffset(0), legOffset(0) + LEG_LENGTH);
  for (const [index, conId] of conIds.entries()) {
    record.set(leg, legOffset(index));
    record[legOffset(index) + LEG.conId] = conId;
  }
  return record;
}
