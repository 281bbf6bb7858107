import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { ACTORS } from '../../src/protocol/decision.ts';
import { bookSettings, optionContract, type SettingsPatch } from '../support/book.ts';
import { ACCOUNT, SHARES } from '../support/venue.ts';
import type { World } from '../support/world.ts';
import { fill, verifyReplays, working, world } from './support/hedged-book.ts';
import { LAZY, PROMPT, serving } from './support/serving.ts';

verifyReplays();

/** Two books; the second one trades a stock of which nothing is held. */
function two(patch: SettingsPatch = {}): World {
  const gates = { state: { leg_settle_s: 0 }, ...patch.gates };
  const settings = bookSettings({ ...patch, gates });
  const other = bookSettings({ ...patch, symbol: 'QQQ' });
  const books = [
    { settings, slot: 0 },
    { settings: other, slot: 1 },
  ];
  const w = world({ config: { books } });
  w.linkUp();
  w.terms();
  const { priceIncrements, ...hours } = TERMS;
  const contract = { ...SHARES, conId: 3003, symbol: 'QQQ' };
  w.report({ type: 'contract.terms', terms: { contract, priceIncrements, ...hours } });
  w.answerReads();
  w.marketUp();
  w.evaluate();
  serving(w, 5);
  return w;
}

const TERMS = {
  longName: '',
  minTick: 0.01,
  priceIncrements: [{ lowEdge: 0, increment: 0.01 }],
  timeZone: 'America/New_York',
  tradingHours: '',
  liquidHours: '',
};

const suspended = (w: World) => w.facts('suspended').map((fact) => [fact.symbol, fact.suspended]);

describe('flatten of one book of several', () => {
  it('closes and suspends that book alone; the engine goes on', () => {
    const w = two();
    assert.equal(w.book.view.stock_position, -112);
    const { status, detail } = w.control({ command: 'flatten', symbol: 'SPY' });
    assert.deepEqual([status, detail?.['quantity']], [202, 112]);
    serving(w, 8);
    assert.deepEqual([w.book.view.stock_position, w.venue.shares], [0, 0]);
    assert.deepEqual([w.daemon, w.book.view.suspended], ['running', true]);
    assert.deepEqual(suspended(w), [['SPY', true]]);
    serving(w, 20);
    assert.equal(w.venue.orders.size, 2);
  });

  it('refuses to resume that book while it runs', () => {
    const w = two();
    w.control({ command: 'flatten', symbol: 'SPY' });
    assert.equal(w.control({ command: 'resume', symbol: 'SPY' }).status, 409);
    serving(w, 8);
    assert.equal(w.control({ command: 'resume', symbol: 'SPY' }).status, 200);
  });

  it('asked for again goes on, and is not over before it is', () => {
    const w = two();
    w.control({ command: 'flatten', symbol: 'SPY' });
    w.evaluate();
    const before = w.pump().map(({ type }) => type);
    w.control({ command: 'flatten', symbol: 'SPY' });
    assert.deepEqual([before, w.pump()], [['order.submit'], []]);
    assert.equal(w.control({ command: 'resume', symbol: 'SPY' }).status, 409);
  });

  it('that closes what its last leg left goes on by the word of a person', () => {
    const w = two({ hedging: { on_empty_book: 'flatten' } });
    w.venue.contracts = 0;
    w.venue.tradeOption(-100, 10, w.at.trading);
    const gone = { account: ACCOUNT, contract: optionContract(), quantity: 0, avgCost: 0 };
    w.report({ type: 'position', position: gone });
    serving(w, 10, LAZY, 0);
    assert.deepEqual([w.venue.live.length, suspended(w)], [1, []]);
    assert.equal(w.control({ command: 'flatten', symbol: 'SPY' }).status, 202);
    assert.equal(w.control({ command: 'resume', symbol: 'SPY' }).status, 409);
    serving(w, 40, PROMPT, 0);
    assert.deepEqual([w.book.view.stock_position, suspended(w)], [0, [['SPY', true]]]);
    assert.equal(w.control({ command: 'resume', symbol: 'SPY' }).status, 200);
  });

  it('without a broker suspends that book alone', () => {
    const w = two();
    w.report({ type: 'link.lost', reason: 'socket closed' });
    assert.equal(w.control({ command: 'flatten', symbol: 'SPY' }).status, 409);
    assert.deepEqual(suspended(w), [['SPY', true]]);
  });
});

describe('flatten of all books', () => {
  it('answers with every book, and ends when the last one is flat', () => {
    const w = two();
    const { detail, message } = w.control({ command: 'flatten' });
    const rows = detail?.['books'] as readonly { readonly symbol: string }[];
    assert.deepEqual(
      rows.map(({ symbol }) => symbol),
      ['SPY', 'QQQ'],
    );
    assert.match(message, /SPY: BUY 112 shares.*; QQQ: 0 shares are ours/);
    assert.equal(w.daemon, 'flattening');
    serving(w, 8);
    assert.deepEqual([w.daemon, w.book.view.stock_position], ['running_suspended', 0]);
    assert.deepEqual(suspended(w), [[null, true]]);
  });

  it('ends with the last book, though one of them was asked for by itself again', () => {
    const w = two();
    w.control({ command: 'flatten' });
    w.control({ command: 'flatten', symbol: 'SPY' });
    assert.equal(w.data.flattening.has('SPY'), true);
    serving(w, 8);
    assert.deepEqual([w.daemon, w.book.view.stock_position], ['running_suspended', 0]);
  });

  it('leaves one row of audit, whoever answered', () => {
    const w = two();
    w.control({ command: 'flatten', dry_run: true });
    const rows = w.facts('control');
    assert.equal(rows.length, 1);
    assert.match(rows[0]?.message ?? '', /^dry run: SPY: .*; QQQ: /);
  });
});

describe('the loss of the account', () => {
  const limit = { gates: { guard: { account: { max_daily_loss_usd: 1000 } } } };
  const gate = (w: World) => w.explain().gates.find((one) => one.gate === 'account_daily_loss');
  const others = (w: World, dailyPnl: number | null) => {
    const risk = { day: '20230803', dailyPnl, turnover: 0, orderTimes: [] };
    w.input('command', ACTORS.daemon, { type: 'book.risk', symbol: 'QQQ', account: 'DU1', risk });
  };

  it('is not known while one book does not know its own', () => {
    const w = two(limit);
    assert.equal(gate(w)?.value, 'unknown');
    others(w, -100);
    const own = w.book.view.daily_pnl;
    assert(own !== null);
    assert.equal(gate(w)?.value, Math.round((own - 100) * 100) / 100);
    others(w, null);
    assert.deepEqual([gate(w)?.value, gate(w)?.pass], ['unknown', true]);
  });

  it('counts with what a book knew last, while a mark of its legs is gone', () => {
    const w = two(limit);
    others(w, -100);
    const known = gate(w)?.value;
    assert.equal(typeof known, 'number');
    w.evaluate({ option: Number.NaN, optionClose: Number.NaN });
    assert.equal(w.book.view.daily_pnl, null);
    assert.equal(typeof gate(w)?.value, 'number');
    others(w, -5000);
    w.evaluate({ option: Number.NaN, optionClose: Number.NaN });
    assert.equal(gate(w)?.pass, false);
  });

  it('is the sum of all, and stops every book when it is reached', () => {
    const w = two(limit);
    others(w, -5000);
    w.evaluate();
    assert.equal(gate(w)?.pass, false);
    assert.match(w.facts('latch').at(-1)?.reason ?? '', /the account's P&L of the day is -5/);
  });

  it('that is not known is told after a minute, because the limit cannot trip', () => {
    const w = two(limit);
    serving(w, 62);
    assert.ok(w.book.view.alerts.some(({ id }) => id === 'pnl_unknown'));
    others(w, 0);
    serving(w, 2);
    assert.ok(!w.book.view.alerts.some(({ id }) => id === 'pnl_unknown'));
  });

  it('is not looked at where no limit is set', () => {
    const w = two();
    assert.deepEqual([gate(w)?.value, gate(w)?.pass], [null, true]);
    serving(w, 62);
    assert.deepEqual(w.book.view.alerts, []);
  });
});

describe('a hedge that is already filled when it is flattened', () => {
  it('is closed with what came in at the last moment', () => {
    const w = working();
    const execution = fill(w, 60, true);
    w.control({ command: 'flatten' });
    w.report({ type: 'execution', execution });
    serving(w, 20);
    assert.deepEqual([w.book.view.stock_position, w.venue.shares], [0, 0]);
  });
});
