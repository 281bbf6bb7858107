import assert from 'node:assert/strict';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, it } from 'vitest';
import { importFromHistory } from '../../src/cli/data-history.ts';
import { readPositions } from '../../src/cli/positions-file.ts';
import { Fault } from '../../src/fault.ts';
import { openDataset } from '../../src/store/dataset.ts';
import { importHistory } from '../../src/store/history-import.ts';
import { historyPositions } from '../../src/store/history-positions.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import { tempDir } from '../support/temp-dir.ts';

let db: TestPostgres;

beforeAll(async () => {
  db = await startTestPostgres();
  return db.close;
});

beforeEach(async () => {
  await db.pool.query('truncate quotes, status_history, book_legs');
});

/** Unix seconds of New York's clock on an August day. */
const at = (day: string, time: string): number => Date.parse(`${day}T${time}-04:00`) / 1000;
const OPEN = at('2026-08-03', '09:30:00');

async function addStatus(ts: number, bid: number | null, journalId: string | null): Promise<void> {
  await db.pool.query(
    `insert into status_history (symbol, ts, bid, ask, spot, journal_id)
     values ('ACME', $1, $2::float8, $2::float8 + 0.02, $2::float8 + 0.01, $3)`,
    [ts, bid, journalId],
  );
}

async function addQuote(
  ts: number,
  bid: number | null,
  option: readonly [string, number, string] | null = null,
  tradingTs: number | null = null,
): Promise<void> {
  const [expiry, strike, right] = option ?? [null, null, null];
  await db.pool.query(
    `insert into quotes
       (ts, trading_ts, contract_key, symbol, sec_type, expiry, strike, option_right,
        bid, ask, last)
     values ($1, $2, 'k', 'ACME', $3, $4, $5, $6, $7::float8, $7::float8 + 0.02, null)`,
    [ts, tradingTs, option === null ? 'STK' : 'OPT', expiry, strike, right, bid],
  );
}

async function imported(options: object = {}) {
  const to = join(tempDir('history'), 'set');
  const told: string[] = [];
  await importHistory(
    db.pool,
    { to, symbol: 'acme', days: null, hours: 'regular', replace: false, ...options },
    ({ day, rows, contracts }) => told.push(`${day} ${rows} ${contracts}`),
  );
  const dataset = openDataset(to);
  const rows: (readonly [number, string, number, number, number])[] = [];
  const names = new Map(
    dataset.instruments.map(({ contract }) => [
      contract.conId,
      contract.secType === 'STK' ? 'stock' : `${contract.strike}${contract.right}`,
    ]),
  );
  for await (const { ts, conId, bid, ask, bidSize } of dataset.tape().events()) {
    rows.push([ts / 1000 - OPEN, names.get(conId) ?? '', bid, ask, bidSize]);
  }
  return { rows, told, dataset };
}

const CALL = ['20260821', 102.5, 'C'] as const;

async function addLeg(ts: number, strike: number, change: string, quantity: number): Promise<void> {
  await db.pool.query(
    `insert into book_legs (ts, trading_ts, symbol, account, con_id, contract_key, expiry, strike,
       option_right, multiplier, change, quantity, reason, journal_id, sequence)
     values ($1, $1, 'ACME', 'DU1', 1, 'k', '20260821', $2, 'C', 100, $3, $4, null, 'j', 1)`,
    [ts, strike, change, quantity],
  );
}

describe('what the history says was held', () => {
  const call = { expiry: '20260821', right: 'C' } as const;
  const span = { symbol: 'acme', from: OPEN * 1000, to: (OPEN + 23_400) * 1000 };

  it('is what a book had when the days begin, and each change until they end', async () => {
    await addLeg(OPEN - 9000, 100, 'joined', 3);
    await addLeg(OPEN - 9000, 105, 'joined', -2);
    await addLeg(OPEN - 8000, 105, 'left', -2);
    await addLeg(OPEN - 7000, 110, 'joined', 4);
    // A decision is no position, and a session that begins says again what is held.
    await addLeg(OPEN + 10, 110, 'confirmed', 9);
    await addLeg(OPEN + 20, 100, 'joined', 3);
    await addLeg(OPEN + 30, 100, 'quantity', 5);
    await addLeg(OPEN + 40, 110, 'left', 4);
    await addLeg(OPEN + 99_999, 100, 'left', 5);
    await addQuote(OPEN + 5, 2.5, ['20260821', 100, 'C']);
    assert.deepEqual(await historyPositions(db.pool, span), [
      { ...call, strike: 100, quantity: 3, at: null, avgCost: 251 },
      { ...call, strike: 110, quantity: 4, at: null, avgCost: null },
      { ...call, strike: 100, quantity: 5, at: (OPEN + 30) * 1000, avgCost: null },
      { ...call, strike: 110, quantity: 0, at: (OPEN + 40) * 1000, avgCost: null },
    ]);
  });

  it('stands beside the imported quotes, as a backtest takes it', async () => {
    await addLeg(OPEN - 9000, 100, 'joined', 3);
    await addLeg(OPEN + 30, 100, 'quantity', 5);
    await addQuote(OPEN + 5, 2.5, ['20260821', 100, 'C']);
    const to = join(tempDir('history'), 'set');
    const options = { to, symbol: 'acme', days: null, hours: 'regular', replace: false } as const;
    await importFromHistory(db.url, options, () => undefined);
    assert.deepEqual(readPositions(join(to, 'positions.json')), [
      { ...call, strike: 100, quantity: 3, avgCost: 251 },
      { ...call, strike: 100, quantity: 5, avgCost: null, at: (OPEN + 30) * 1000 },
    ]);
  });

  it('is nothing where no book was of the symbol', async () => {
    await addLeg(OPEN - 9000, 100, 'joined', 3);
    assert.deepEqual(await historyPositions(db.pool, { ...span, symbol: 'OTHER' }), []);
  });
});

describe('an import of the history', () => {
  it('takes the quotes of underlying and options, day by day, on the broker’s clock', async () => {
    await addQuote(OPEN + 10, 100);
    await addQuote(OPEN + 10, 2.5, CALL);
    // A simulated world runs at another time than the wall.
    await addQuote(OPEN + 999_999, 101, null, OPEN + 20);
    await addQuote(OPEN + 86_400 + 60, null, CALL);
    const { rows, told, dataset } = await imported();
    assert.deepEqual(told, ['20260803 3 1', '20260804 1 1']);
    assert.deepEqual(rows, [
      [10, 'stock', 100, 100.02, 100],
      [10, '102.5C', 2.5, 2.52, 1],
      [20, 'stock', 101, 101.02, 100],
      [86_460, '102.5C', Number.NaN, Number.NaN, 0],
    ]);
    assert.equal(dataset.resolution, 'recorded');
  });

  it('takes the underlying from status rows where no quote was kept yet, whoever wrote', async () => {
    await addStatus(OPEN + 1, 99, null);
    await addStatus(OPEN + 2, null, null);
    await addStatus(OPEN + 3, 99.5, 'journal');
    await addQuote(OPEN + 10, 100);
    await addStatus(OPEN + 11, 77, 'journal');
    const { rows } = await imported();
    assert.deepEqual(
      rows.map(([seconds, name, bid]) => [seconds, name, bid]),
      [
        [1, 'stock', 99],
        [3, 'stock', 99.5],
        [10, 'stock', 100],
      ],
    );
  });

  it('takes the regular session, or all hours, and only the days asked for', async () => {
    await addQuote(at('2026-08-03', '08:00:00'), 98);
    await addQuote(at('2026-08-03', '16:00:00'), 99);
    await addQuote(at('2026-08-03', '23:59:59'), 97);
    await addQuote(at('2026-08-04', '10:00:00'), 100);
    assert.deepEqual((await imported()).told, ['20260803 1 0', '20260804 1 0']);
    assert.deepEqual((await imported({ hours: 'all' })).told, ['20260803 3 0', '20260804 1 0']);
    assert.deepEqual((await imported({ days: ['20260804'] })).told, ['20260804 1 0']);
  });

  it('says so where the history knows nothing of it', async () => {
    await assert.rejects(
      () => imported(),
      (thrown) => thrown instanceof Fault && thrown.code === 'not_found',
    );
  });
});
