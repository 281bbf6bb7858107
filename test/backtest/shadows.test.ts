import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { BacktestResult } from '../../src/backtest/result.ts';
import { ShadowHost } from '../../src/engine/shadows/shadow-host.ts';
import type { JournalRecord } from '../../src/protocol/records.ts';
import type { ShadowRow } from '../../src/protocol/shadows.ts';
import { createRandom } from '../../src/runtime/random.ts';
import type { TurnRecord } from '../../src/runtime/turn.ts';
import { configOf, modelSource, runOn } from './support/world.ts';

/** As the book is, wider, and tighter. */
const SHADOWS = [
  { name: 'same', latency_ms: 0 },
  {
    name: 'wide',
    latency_ms: 0,
    overrides: { gates: { state: { delta: { threshold_hedge_shares: 120 } } } },
  },
  {
    name: 'tight',
    latency_ms: 0,
    overrides: {
      gates: {
        state: { delta: { epsilon_band: 2, threshold_hedge_shares: 3, max_delta_limit: 500 } },
        intent: {
          hedge: { min_hedge_shares: 1, cooldown_seconds: 0, min_price_move_pct: 0 },
        },
        guard: { risk: { max_daily_hedge_count: 10_000 } },
      },
    },
  },
];

const DAYS = ['20230803', '20230804'];

interface Played {
  readonly result: BacktestResult;
  readonly records: readonly TurnRecord[];
}

/** The session that the shadows follow. */
async function played(books: Record<string, unknown>): Promise<Played> {
  const random = createRandom(11);
  const path: number[] = [100];
  const spot = (day: number, minute: number): number => {
    while (path.length <= day * 391 + minute) {
      path.push((path.at(-1) ?? 100) * (1 + 0.0015 * random.normal()));
    }
    return path[day * 391 + minute] ?? Number.NaN;
  };
  const minutes = Array.from({ length: 61 }, (_, minute) => minute);
  const source = modelSource({
    days: DAYS,
    minutes,
    spot,
    strikes: [95, 100, 105],
    expiry: '20230901',
  });
  const records: TurnRecord[] = [];
  const loaded = await configOf({ books: [{ symbol: 'ABC', ...books }] });
  const observe = (record: TurnRecord): void => {
    records.push(record);
  };
  const result = await runOn(source, loaded, undefined, () => false, observe);
  return { result, records };
}

/** All rows that the shadows of a session end with, by name and day. */
function shadowed(records: readonly TurnRecord[]): ReadonlyMap<string, ShadowRow> {
  const host = new ShadowHost();
  for (const record of records) host.take(record as JournalRecord);
  return new Map(host.rows().map((row) => [`${row.name} ${row.day}`, row]));
}

const rowOf = (rows: ReadonlyMap<string, ShadowRow>, name: string, day = DAYS[1]): ShadowRow => {
  const row = rows.get(`${name} ${day}`);
  assert(row !== undefined, `there is a row of ${name} on ${day}: ${[...rows.keys()]}`);
  return row;
};

describe('shadows of a book', () => {
  let first: Promise<Played> | null = null;
  const session = (): Promise<Played> => {
    first ??= played({ shadows: SHADOWS });
    return first;
  };

  it('decide as their book does where settings are its own and fills instant', async () => {
    const { records } = await session();
    const rows = shadowed(records);
    for (const day of DAYS) {
      const { name: _, ...live } = rowOf(rows, 'live', day);
      const { name: __, ...same } = rowOf(rows, 'same', day);
      assert(live.hedges > 3, `${live.hedges} hedges`);
      assert.deepEqual(same, live);
    }
  });

  it('hedge less in a wider band and more in a tighter one, at a cost of their own', async () => {
    const rows = shadowed((await session()).records);
    const [live, wide, tight] = [rowOf(rows, 'live'), rowOf(rows, 'wide'), rowOf(rows, 'tight')];
    assert(wide.hedges < live.hedges && live.hedges < tight.hedges);
    assert(wide.errorSquare > live.errorSquare && live.errorSquare > tight.errorSquare);
    assert(wide.split.commission > live.split.commission);
    assert(live.split.commission > tight.split.commission);
    assert.notEqual(wide.split.delta, live.split.delta);
  });

  it('are the same again from the same records', async () => {
    const { records } = await session();
    assert.deepEqual([...shadowed(records)], [...shadowed(records)]);
  });

  it('leave every turn of their book as it is without them', async () => {
    const [one, alone] = [await session(), await played({})];
    const did = ({ records }: Played) =>
      records.slice(1).map(({ seq, kind, effects, digest }) => {
        return JSON.stringify([seq, kind, effects, digest]);
      });
    // The whole of it in one text: a difference of thousands of lines tells no more than its first.
    assert.equal(did(one).join('\n') === did(alone).join('\n'), true);
    assert.deepEqual(one.result.trades, alone.result.trades);
  });

  it('trade where their book may not, and no order of theirs reaches its exchange', async () => {
    const never = {
      gates: { state: { delta: { threshold_hedge_shares: 1e6, max_delta_limit: 1e7 } } },
    };
    const { records, result } = await played({ overrides: never, shadows: SHADOWS });
    const rows = shadowed(records);
    assert(rowOf(rows, 'tight').shares > 0, 'the shadow has traded');
    assert.equal(rowOf(rows, 'live').shares, 0);
    assert.equal(result.totals.orders, 0);
    assert.deepEqual(
      result.trades.filter(({ kind }) => kind === 'hedge'),
      [],
    );
    const commands = records.flatMap(({ effects }) => effects.map(commandOf));
    assert.deepEqual(
      commands.filter((type) => type.startsWith('order.') && type !== 'order.test'),
      [],
    );
  });
});

/** What an effect tells somebody else to do. */
function commandOf(effect: TurnRecord['effects'][number]): string {
  return effect.kind === 'send' ? String((effect.message as { type: string }).type) : '';
}
