import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { shareRead } from '../../actors/daemon/share.ts';
import type { BrokerRead, BrokerReport, CommissionReport } from '../../src/protocol/broker.ts';
import type { TurnRecord } from '../../src/runtime/turn.ts';
import { bookSettings } from '../support/book.ts';
import { ACCOUNT, SHARES } from '../support/venue.ts';
import type { World } from '../support/world.ts';
import { fill, healing, orderOf, settled, verifyReplays, world } from './support/hedged-book.ts';

verifyReplays();

/** A book that hedges, and two beside it. */
function three(): World {
  const [book] = world().boot.config.books;
  assert(book !== undefined);
  const beside = ['QQQ', 'IWM'].map((symbol, index) => {
    return { ...book, slot: index + 1, settings: bookSettings({ symbol }) };
  });
  const w = settled(world({ config: { books: [book, ...beside] } }), 0);
  for (const { settings } of beside) {
    const { symbol } = settings;
    w.report({ type: 'contract.failed', symbol, reason: 'there is none in this account' });
  }
  healing(w, 1, 0);
  w.evaluate();
  w.pump();
  return w;
}

/** The books that a report of the broker gave a turn. */
function touchedBy(w: World, report: BrokerReport): readonly string[] {
  const { touched } = w.report(report) as unknown as TurnRecord;
  return touched.filter((id) => id !== 'daemon');
}

const commission = (execId: string): CommissionReport => {
  return { execId, commission: 1, currency: 'USD', realizedPnl: null };
};

describe('what the broker says of one underlying', () => {
  it('is heard by its book alone', () => {
    const w = three();
    const order = w.venue.report(orderOf(w));
    assert.deepEqual(touchedBy(w, { type: 'order.report', order }), ['book:SPY']);
    const execution = fill(w, 50, true);
    assert.deepEqual(touchedBy(w, { type: 'execution', execution })[0], 'book:SPY');
    const position = { account: ACCOUNT, contract: SHARES, quantity: -50, avgCost: 450 };
    assert.deepEqual(touchedBy(w, { type: 'position', position }), ['book:SPY']);
  });

  it('as a commission is heard by the book of the execution that was told before', () => {
    const w = three();
    const execution = fill(w, 112);
    const report = { type: 'commission', commission: commission(execution.execId) } as const;
    assert.deepEqual(touchedBy(w, report), ['book:SPY']);
    assert.equal(w.facts('commission').length, 1);
  });

  it('is heard by all where nobody knows whose it is', () => {
    const w = three();
    const early = { type: 'commission', commission: commission('0001.01.01') } as const;
    assert.deepEqual(touchedBy(w, early), ['book:SPY', 'book:QQQ', 'book:IWM']);
    const order = w.venue.report(orderOf(w));
    const contract = { ...SHARES, symbol: 'DIA', conId: 5 };
    const foreign = { type: 'order.report', order: { ...order, orderRef: '', contract } } as const;
    assert.equal(touchedBy(w, foreign).length, 3);
  });
});

describe('a read', () => {
  it('is shared by underlying; orders all have, and commissions that are nobody’s', () => {
    const w = three();
    const execution = fill(w, 112, true);
    const position = { account: ACCOUNT, contract: SHARES, quantity: -112, avgCost: 450 };
    const renamed = { ...position, contract: { ...SHARES, symbol: 'SPYX' } };
    const read: BrokerRead = {
      openOrders: [w.venue.report(orderOf(w))],
      completedOrders: [],
      executions: [execution],
      commissions: [commission(execution.execId), commission('0002.01.01')],
      positions: [position, renamed],
      accounts: [],
    };
    const partOf = shareRead(read, ['SPY', 'QQQ']);
    assert.deepEqual(partOf('SPY'), read);
    const nobodys = [commission('0002.01.01')];
    assert.deepEqual(partOf('QQQ'), {
      ...read,
      executions: [],
      commissions: nobodys,
      positions: [renamed],
    });
  });
});
