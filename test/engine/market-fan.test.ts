import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { marketPlaces } from '../../src/engine/children.ts';
import { MarketFan } from '../../src/engine/market-fan.ts';
import type { MarketCommand, MarketReport, WatchedBook } from '../../src/protocol/market.ts';
import { optionContract } from '../support/book.ts';
import { PLAIN_GREEKS } from '../support/greeks-settings.ts';
import { SHARES } from '../support/venue.ts';

const TARGET = { host: '127.0.0.1', port: 4002, clientId: 7, connectTimeoutMs: 1000 };
const OPEN = { type: 'link.open', target: TARGET } as const;
const UP = { type: 'market.up', serverVersion: 178 } as const;

function book(slot: number, legs: number): WatchedBook {
  const conId = 1000 * (slot + 1);
  return {
    symbol: `B${slot}`,
    slot,
    underlying: { ...SHARES, conId },
    legs: Array.from({ length: legs }, (_, leg) => optionContract({ conId: conId + 1 + leg })),
    greeks: PLAIN_GREEKS,
    volWindowMin: 5,
    volEstimator: 'realised',
    ivMaxAgeS: 900,
  };
}

/** Three connections, and what was sent to each and reported of all. */
function rig(lines = 100) {
  const sent: { readonly to: string; readonly command: MarketCommand }[] = [];
  const reports: MarketReport[] = [];
  const fan = new MarketFan({
    workers: marketPlaces(3),
    lines,
    send: (to, command) => sent.push({ to, command }),
    report: (report) => reports.push(report),
  });
  const up = (...workers: readonly number[]): void => {
    for (const worker of workers) fan.take(worker, { ...UP, clientId: TARGET.clientId + worker });
  };
  const takeSent = () => sent.splice(0);
  const types = (): readonly string[] => reports.splice(0).map(({ type }) => type);
  return { fan, sent, takeSent, reports, up, types };
}

const watched = ({ to, command }: { readonly to: string; readonly command: MarketCommand }) => {
  assert(command.type === 'watch');
  return [to, command.books.map(({ symbol }) => symbol), command.lines];
};

describe('several market-data connections', () => {
  it('have the plain names while there is one, and numbered ones else', () => {
    const [only] = marketPlaces(1);
    assert.deepEqual(
      [only?.market, only?.greeks, only?.thread],
      ['market-data', 'greeks', 'market'],
    );
    const last = marketPlaces(8)[7];
    assert.deepEqual(
      [last?.market, last?.greeks, last?.thread, last?.reports],
      ['market-data-8', 'greeks-8', 'market-8', 'kernel:market-8'],
    );
  });

  it('log in each with a client id of its own', () => {
    const { fan, takeSent } = rig();
    fan.command(OPEN);
    const ids = takeSent().map(({ to, command }) => {
      assert(command.type === 'link.open');
      return [to, command.target.clientId];
    });
    assert.deepEqual(ids, [
      ['market-data-1', 7],
      ['market-data-2', 8],
      ['market-data-3', 9],
    ]);
  });

  it('share the books, and the lines that their needs leave', () => {
    const { fan, takeSent } = rig(30);
    fan.command({ type: 'watch', books: [book(0, 4), book(1, 1), book(2, 2), book(3, 4)] });
    // 5 + 2 + 3 + 5 are needed: 15 are left, 5 for each.
    assert.deepEqual(takeSent().map(watched), [
      ['market-data-1', ['B0', 'B3'], 15],
      ['market-data-2', ['B1'], 7],
      ['market-data-3', ['B2'], 8],
    ]);
  });

  it('leave no line for strikes where books need them all', () => {
    const { fan, takeSent } = rig(10);
    fan.command({ type: 'watch', books: [book(0, 4), book(1, 4), book(2, 4)] });
    assert.deepEqual(
      takeSent().map((one) => watched(one)[2]),
      [5, 5, 5],
    );
  });

  it('are up as one when all of them are, and lost as soon as one is', () => {
    const { fan, reports, up, types } = rig();
    fan.command(OPEN);
    up(0, 2);
    assert.deepEqual(types(), []);
    up(1);
    assert.deepEqual(reports.splice(0), [{ ...UP, clientId: 7 }]);
    fan.take(1, { type: 'market.lost', reason: 'socket closed', retryInMs: 1000 });
    const reason = 'client 8 of market data: socket closed';
    assert.deepEqual(reports.splice(0), [{ type: 'market.lost', reason, retryInMs: 1000 }]);
    up(0);
    assert.deepEqual(types(), []);
    up(1);
    assert.deepEqual(types(), ['market.up']);
  });

  it('send a probe to the one that watches the book, and all else to each', () => {
    const { fan, takeSent } = rig();
    fan.command({ type: 'watch', books: [book(0, 1), book(1, 1), book(2, 1)] });
    takeSent();
    fan.command({ type: 'probe', symbol: 'B2' });
    fan.command({ type: 'resubscribe' });
    assert.deepEqual(
      takeSent().map(({ to, command }) => [to, command.type]),
      [
        ['market-data-3', 'probe'],
        ['market-data-1', 'resubscribe'],
        ['market-data-2', 'resubscribe'],
        ['market-data-3', 'resubscribe'],
      ],
    );
  });

  it('tell one whose thread died what it forgot, once both its actors serve, and no other', () => {
    const { fan, takeSent, up, types } = rig();
    fan.command(OPEN);
    fan.command({ type: 'watch', books: [book(0, 1), book(1, 1)] });
    up(0, 1, 2);
    takeSent();
    types();
    assert.equal(fan.lifecycle('greeks-2', false, 'it died'), true);
    fan.lifecycle('market-data-2', false, 'it died');
    assert.deepEqual(types(), ['market.lost', 'market.lost']);
    fan.lifecycle('greeks-2', true, '');
    assert.deepEqual(takeSent(), []);
    fan.lifecycle('market-data-2', true, '');
    assert.deepEqual(
      takeSent().map(({ to, command }) => [to, command.type]),
      [
        ['market-data-2', 'link.open'],
        ['market-data-2', 'watch'],
      ],
    );
    up(1);
    assert.deepEqual(types(), ['market.up']);
  });

  it('are told nothing at their start, nor after the link was closed; other actors are not theirs', () => {
    const { fan, takeSent, up, types } = rig();
    assert.equal(fan.lifecycle('broker', true, ''), false);
    fan.lifecycle('market-data-1', true, '');
    assert.deepEqual(takeSent(), []);
    fan.command(OPEN);
    fan.command({ type: 'link.close' });
    takeSent();
    up(0, 1, 2);
    fan.lifecycle('market-data-1', false, 'it died');
    fan.lifecycle('market-data-1', true, '');
    assert.deepEqual([takeSent(), types()], [[], []]);
  });

  it('pass on what they say of contracts and books', () => {
    const { fan, types } = rig();
    fan.command(OPEN);
    fan.take(1, { type: 'market.refused', conId: 5, code: 354, message: 'not subscribed' });
    fan.take(2, { type: 'market.dataType', symbol: 'B2', dataType: 3 });
    assert.deepEqual(types(), ['market.refused', 'market.dataType']);
  });
});
