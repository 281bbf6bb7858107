import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import { createExchange, type Exchange } from '../../../src/gateway/sim/exchange.ts';
import { openExchangeJournal } from '../../../src/gateway/sim/exchange-journal.ts';
import { createRandom } from '../../../src/runtime/random.ts';
import { VirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { makeTempDir, tempDir } from '../../support/temp-dir.ts';
import {
  limit,
  MINUTE,
  openWorld,
  order,
  SECOND,
  scenarioOf,
  type World,
} from './support/world.ts';

const LIVELY = {
  fills: { partial: true, latency_ms: [20, 80] },
  underlyings: [
    {
      symbol: 'ABC',
      con_id: 77,
      price: 100,
      model: { volatility: 3, jumps_per_hour: 600, jump_pct: 0.2, size: 60 },
      chain: { dtes: [28], strikes: [90, 100, 110] },
    },
  ],
};

/** Everything of an exchange that must outlive its process. */
function memoryOf(exchange: Exchange): string {
  const { ledger, openOrders, completedOrders, exchangeId, accounts } = exchange;
  const ids = [1, 2, 3].map((client) => exchange.nextOrderId(client));
  return JSON.stringify([ledger(), openOrders(), completedOrders(), exchangeId, accounts, ids]);
}

async function reopen(dir: string, scenario: Record<string, unknown> = LIVELY): Promise<Exchange> {
  return createExchange({
    scenario: scenarioOf(scenario),
    mono: new VirtualClock(0),
    random: createRandom(1),
    journal: openExchangeJournal(dir),
    newExchangeId: () => 'ffff0000-0000-4000-8000-000000000000',
    onFault: assert.fail,
  });
}

/** A busy minute: orders that fill, rest, change, are cancelled, and expire. */
function trade({ exchange, clock }: World): void {
  exchange.place(order({ quantity: 150 }));
  exchange.place(limit(95, { orderId: 2, tif: 'GTC' }));
  exchange.place(limit(90, { orderId: 1, clientId: 2, tif: 'GTD', goodTill: '20260914-14:00:30' }));
  clock.advanceBy(10 * SECOND);
  exchange.place(limit(96, { orderId: 2, tif: 'GTC' }));
  exchange.place(order({ orderId: 3, side: 'SELL', quantity: 40 }));
  clock.advanceBy(10 * SECOND);
  exchange.cancel(1, 2);
  exchange.place(limit(80, { orderId: 4, transmit: false }));
  exchange.inject({ type: 'code_1100' });
  exchange.trade({ what: { symbol: 'ABC' }, side: 'BUY', quantity: 5 });
  clock.advanceBy(MINUTE);
}

describe('an exchange that is killed', () => {
  it('resumes at every event with what it had told', async () => {
    const dir = tempDir('exchange');
    const world = await openWorld({ scenario: LIVELY, journal: openExchangeJournal(dir) });
    const file = join(dir, 'exchange.jsonl');
    const moments: { readonly bytes: Buffer; readonly memory: string; readonly now: number }[] = [];
    world.exchange.listen(() => {
      const bytes = readFileSync(file);
      moments.push({ bytes, memory: memoryOf(world.exchange), now: world.exchange.now() });
    });
    trade(world);
    assert.ok(moments.length > 25);
    for (const moment of moments) {
      const copy = tempDir('exchange-copy');
      writeFileSync(join(copy, 'exchange.jsonl'), moment.bytes);
      const resumed = await reopen(copy);
      assert.equal(memoryOf(resumed), moment.memory);
      assert.equal(resumed.now(), moment.now);
      resumed.close();
    }
    world.exchange.close();
  });

  it('cuts off a torn last line, wherever it tore', async () => {
    const dir = tempDir('exchange');
    const world = await openWorld({ scenario: LIVELY, journal: openExchangeJournal(dir) });
    const file = join(dir, 'exchange.jsonl');
    const before = memoryOf(world.exchange);
    const whole = statSync(file).size;
    world.exchange.place(limit(80));
    const bytes = readFileSync(file);
    world.exchange.close();
    for (let size = whole; size < bytes.byteLength; size += 7) {
      writeFileSync(file, bytes.subarray(0, size));
      const resumed = await reopen(dir);
      assert.equal(memoryOf(resumed), before);
      resumed.close();
      const again = await reopen(dir);
      assert.equal(memoryOf(again), before, 'what was written after the cut is readable');
      again.close();
    }
  });

  it('refuses a file that is damaged in the middle', async () => {
    const dir = tempDir('exchange');
    const world = await openWorld({ scenario: LIVELY, journal: openExchangeJournal(dir) });
    trade(world);
    world.exchange.close();
    const file = join(dir, 'exchange.jsonl');
    const bytes = readFileSync(file);
    bytes[Math.floor(bytes.byteLength / 2)] = 0x20;
    writeFileSync(file, bytes);
    assert.throws(() => openExchangeJournal(dir), isFault('journal_corrupt'));
  });
});

describe('an exchange that is closed', () => {
  it('goes on from the time, the prices and the id at which it stopped', async () => {
    const dir = tempDir('exchange');
    const world = await openWorld({ scenario: LIVELY, journal: openExchangeJournal(dir) });
    world.clock.advanceBy(2 * MINUTE);
    const { exchange } = world;
    const before = [exchange.now(), exchange.quote(77)?.bid, exchange.exchangeId];
    exchange.close();
    const resumed = await reopen(dir);
    assert.deepEqual([resumed.now(), resumed.quote(77)?.bid, resumed.exchangeId], before);
    resumed.close();
  });

  it('draws other numbers after a restart than it drew before', async () => {
    const dir = tempDir('exchange');
    const prices: (number | undefined)[] = [];
    for (let run = 0; run < 2; run += 1) {
      const world = await openWorld({ scenario: LIVELY, journal: openExchangeJournal(dir) });
      world.exchange.movePrice('ABC', { price: 100 });
      world.clock.advanceBy(MINUTE);
      prices.push(world.exchange.quote(77)?.bid);
      world.exchange.close();
    }
    assert.notEqual(prices[0], prices[1]);
  });

  it('loses at most a second of quiet time to a kill', async () => {
    const dir = tempDir('exchange');
    const world = await openWorld({ scenario: LIVELY, journal: openExchangeJournal(dir) });
    world.clock.advanceBy(30 * SECOND + 700);
    const copy = tempDir('exchange-copy');
    writeFileSync(join(copy, 'exchange.jsonl'), readFileSync(join(dir, 'exchange.jsonl')));
    const resumed = await reopen(copy);
    const lost = world.exchange.now() - resumed.now();
    assert.ok(lost >= 0 && lost <= 1250, `lost ${lost}`);
    resumed.close();
    world.exchange.close();
  });

  it('does not go on in another world', async () => {
    const dir = tempDir('exchange');
    const world = await openWorld({ scenario: LIVELY, journal: openExchangeJournal(dir) });
    world.exchange.close();
    await assert.rejects(
      reopen(dir, { ...LIVELY, start: '2026-09-15 10:00' }),
      isFault('data_dir_unusable'),
    );
  });
});

describe('the exchange journal', () => {
  it('starts again from a snapshot when it has grown, and stays readable', async () => {
    const dir = tempDir('exchange');
    const journal = openExchangeJournal(dir, 20_000);
    const world = await openWorld({ scenario: LIVELY, journal });
    for (let id = 1; id <= 100; id += 1) {
      world.exchange.place(limit(80, { orderId: id }));
      world.exchange.cancel(1, id);
      world.clock.advanceBy(SECOND);
    }
    const memory = memoryOf(world.exchange);
    world.exchange.close();
    const { size } = statSync(join(dir, 'exchange.jsonl'));
    assert.ok(size < 250_000, `${size} bytes`);
    const resumed = await reopen(dir);
    assert.equal(memoryOf(resumed), memory);
    resumed.close();
  });

  it('names a directory that cannot be used', () => {
    const dir = makeTempDir('exchange');
    const file = join(dir, 'file');
    appendFileSync(file, 'x');
    assert.throws(() => openExchangeJournal(join(file, 'exchange')), isFault('data_dir_unusable'));
  });
});

function isFault(code: string): (error: unknown) => boolean {
  return (error) => error instanceof Fault && error.code === code && !error.message.includes('\n');
}
