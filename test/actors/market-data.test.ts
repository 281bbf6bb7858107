import { strict as assert } from 'node:assert';
import { afterEach, describe, it } from 'vitest';
import { QUOTE_RECORD_LENGTH } from '../../src/protocol/quote-board.ts';
import { createBoardSet } from '../../src/runtime/board.ts';
import { SPY, SPY_PUT } from '../gateway/ib/support/samples.ts';
import { CLIENT, errorFrame } from '../gateway/ib/support/scripted-tws.ts';
import {
  BOOK,
  dataType,
  halted,
  model,
  OTHER_BOOK,
  price,
  setUp,
  snapshotEnd,
  T0,
  tearDown,
  watching,
} from './support/market-rig.ts';

afterEach(tearDown);

describe('the connection', () => {
  it('asks for the data type before the first line, and for each line in full', async () => {
    const { tws } = await watching({ marketDataType: 3 });
    const order = tws.received.map(([id]) => id);
    assert.ok(order.indexOf(CLIENT.reqMarketDataType) < order.indexOf(CLIENT.reqMktData));
    assert.equal(tws.of(CLIENT.reqMarketDataType)[0]?.[2], '3');
    const [stock, put] = tws.of(CLIENT.reqMktData);
    assert.deepEqual(stock?.slice(2, 6), ['1', '756733', 'SPY', 'STK']);
    assert.deepEqual(put?.slice(2, 10), [
      ...['2', '652806383', 'SPY', 'OPT', '20230901', '430', 'P', '100'],
    ]);
  });

  it('comes back by itself after a while with a little jitter, and watches all again', async () => {
    const { tws, clock, kernel } = await watching({ retryIntervalMs: 10_000 });
    tws.drop();
    const { retryInMs } = await kernel.get('market.lost');
    assert.ok(retryInMs >= 10_000 && retryInMs <= 12_000);
    clock.advanceBy(retryInMs);
    await kernel.get('market.up', 2);
    const third = await tws.message(CLIENT.reqMktData, 3);
    await tws.message(CLIENT.reqMktData, 4);
    assert.equal(third[2], '3');
  });

  it('keeps trying with the same id while it is in use', async () => {
    const login = [errorFrame(-1, 326, 'client id in use')];
    const { tws, clock, kernel } = await setUp({}, { login, closeAfterLogin: true });
    const first = await kernel.get('market.lost');
    assert.match(first.reason, /client id 8 is in use/);
    tws.script = { time: () => T0 };
    clock.advanceBy(first.retryInMs);
    assert.equal((await kernel.get('market.up')).clientId, 8);
  });

  it('notices a peer that fell silent', async () => {
    const { tws, clock, kernel } = await watching();
    tws.silent = true;
    clock.advanceBy(15_000);
    assert.match((await kernel.get('market.lost')).reason, /silent/);
  });

  it('takes its commands, and no message that is another actor’s', async () => {
    const { market } = await setUp();
    for (const type of ['link.open', 'link.close', 'watch', 'probe', 'resubscribe']) {
      assert.equal(market.protocol?.takes({ type }), true, type);
    }
    assert.equal(market.protocol?.takes({ type: 'quotes', slot: 0, tradingTs: 1 }), false);
  });

  it('stays away once it is closed', async () => {
    const { tws, clock, kernel, market } = await watching();
    market.receive({ type: 'link.close' });
    clock.advanceBy(60_000);
    assert.equal(kernel.all('market.lost').length, 0);
    assert.equal(tws.logins, 1);
  });
});

describe('watching', () => {
  it('tells the greeks actor which line of the board carries which contract', async () => {
    const { greeks } = await watching();
    const { lines } = await greeks.get('watch');
    assert.deepEqual(lines, [
      [SPY.conId, 0],
      [SPY_PUT.conId, 1],
    ]);
  });

  it('shares a line between books, and cancels it with the last of them', async () => {
    const { tws, greeks, market } = await watching();
    market.receive({ type: 'watch', books: [BOOK, OTHER_BOOK] });
    tws.send(price(1, 1, 451.2, 300));
    await greeks.find((message) => message.type === 'quotes' && message.slot === 5);
    assert.ok(greeks.all('quotes').some(({ slot }) => slot === 3));
    market.receive({ type: 'watch', books: [OTHER_BOOK] });
    assert.equal((await tws.message(CLIENT.cancelMktData))[2], '2');
    market.receive({ type: 'watch', books: [] });
    assert.equal((await tws.message(CLIENT.cancelMktData, 2))[2], '1');
    assert.equal(tws.of(CLIENT.reqMktData).length, 2);
  });

  it('says once that a chain is not told, however often it is asked for', async () => {
    const { tws, clock, kernel, market } = await watching({ heartbeatMs: 60_000 });
    const greeks = { ...BOOK.greeks, vol_source: 'smile' } as const;
    market.receive({ type: 'watch', books: [{ ...BOOK, greeks }] });
    tws.send(price(1, 1, 451.2, 300), price(1, 2, 451.22, 300));
    await tws.message(CLIENT.reqSecDefOptParams);
    clock.advanceBy(10_000);
    const { request, code, retryInMs } = await kernel.get('market.untold');
    const chain = `the option chain of contract ${SPY.conId}`;
    assert.deepEqual([request, code, retryInMs], [chain, null, 15_000]);
    clock.advanceBy(15_000);
    tws.send(price(1, 1, 451.21, 300));
    await tws.message(CLIENT.reqSecDefOptParams, 2);
    clock.advanceBy(10_000);
    assert.equal(kernel.all('market.untold').length, 1);
  });

  it('gives a freed line to the next contract, empty', async () => {
    const { tws, greeks, market, shown } = await watching();
    tws.send(price(2, 1, 7.4, 10));
    await greeks.get('quotes');
    const call = { ...SPY_PUT, conId: 77, right: 'C' as const };
    market.receive({ type: 'watch', books: [{ ...BOOK, legs: [call] }] });
    const { lines } = await greeks.get('watch', 2);
    assert.deepEqual(lines.at(-1), [77, 1]);
    assert.ok(Number.isNaN(shown(77, 'bid')));
    assert.equal(shown(77, 'conId'), 77);
    // A late tick of the former ticket belongs to nobody.
    tws.send(price(2, 1, 7.5, 10), price(1, 1, 451, 100));
    await greeks.get('quotes', 2);
    assert.ok(Number.isNaN(shown(77, 'bid')));
  });

  it('uses new tickets when it subscribes again', async () => {
    const { tws, market } = await watching();
    market.receive({ type: 'resubscribe' });
    await tws.message(CLIENT.cancelMktData, 2);
    const tickets = [3, 4].map(async (count) => (await tws.message(CLIENT.reqMktData, count))[2]);
    assert.deepEqual(await Promise.all(tickets), ['3', '4']);
  });

  it('refuses what the board has no room for', async () => {
    const boards = createBoardSet({ records: 1, length: QUOTE_RECORD_LENGTH });
    const { kernel, market } = await setUp({ quoteBoard: boards.descriptor });
    market.receive({ type: 'watch', books: [BOOK] });
    const { conId, code } = await kernel.get('market.refused');
    assert.deepEqual([conId, code], [SPY_PUT.conId, 101]);
  });

  it.each([200, 354, 10089, 10168, 10186, 10197, 101])(
    'says what was refused with %i',
    async (code) => {
      const { tws, kernel } = await watching();
      tws.send(errorFrame(2, code, 'refused'));
      const refused = await kernel.get('market.refused');
      assert.deepEqual([refused.conId, refused.code], [SPY_PUT.conId, code]);
    },
  );

  it.each([10167, 10090])('takes %i for no refusal', async (code) => {
    const { tws, kernel, greeks } = await watching();
    tws.send(errorFrame(1, code, 'partly'), price(1, 1, 451.2, 300));
    await greeks.get('quotes');
    assert.equal(kernel.all('market.refused').length, 0);
  });
});

describe('ticks', () => {
  it('reach the board, and the book hears of them once for each socket read', async () => {
    const { tws, clock, greeks, shown } = await watching();
    clock.advanceBy(40);
    tws.send(
      price(1, 1, 451.2, 300),
      price(1, 2, 451.21, 200),
      price(2, 1, 7.4, 10),
      model(2, 0.15, -0.21),
    );
    const { slot, tradingTs } = await greeks.get('quotes');
    assert.equal(slot, 3);
    assert.equal(greeks.all('quotes').length, 1);
    assert.deepEqual(
      [shown(SPY.conId, 'bid'), shown(SPY.conId, 'ask'), shown(SPY.conId, 'bidSize')],
      [451.2, 451.21, 300],
    );
    assert.equal(shown(SPY_PUT.conId, 'ibDelta'), -0.21);
    assert.equal(shown(SPY.conId, 'ts'), tradingTs);
    assert.equal(shown(SPY.conId, 'recvMono'), 40);
    // The broker's clock tells whole seconds.
    assert.ok(Math.abs(tradingTs - (T0 * 1000 + 540)) <= 500);
  });

  it('never bring a price that is none', async () => {
    const { tws, greeks, shown } = await watching();
    tws.send(price(1, 1, 451.2, 300), price(1, 2, 451.3, 300));
    await greeks.get('quotes');
    tws.send(price(1, 1, -1, 0), price(1, 4, 0, 0), model(2, -1, -2));
    await greeks.get('quotes', 2);
    for (const field of ['bid', 'bidSize', 'last'] as const) {
      assert.ok(Number.isNaN(shown(SPY.conId, field)), field);
    }
    assert.ok(Number.isNaN(shown(SPY_PUT.conId, 'ibIv')));
    assert.equal(shown(SPY.conId, 'ask'), 451.3);
  });

  it('leave a crossed quote crossed, and tell a halt', async () => {
    const { tws, greeks, shown } = await watching();
    tws.send(price(1, 1, 452, 100), price(1, 2, 451, 100), halted(1, 1));
    await greeks.get('quotes');
    assert.ok(shown(SPY.conId, 'bid') > shown(SPY.conId, 'ask'));
    assert.equal(shown(SPY.conId, 'halted'), 1);
  });

  it('of the delayed feed are marked, and the book’s data type is told once', async () => {
    const { tws, kernel, greeks, shown } = await watching();
    tws.send(price(1, 66, 451.2, 300), price(1, 67, 451.3, 300), price(2, 66, 7.4, 5));
    await greeks.get('quotes');
    assert.equal(shown(SPY.conId, 'dataType'), 3);
    assert.equal(shown(SPY.conId, 'bid'), 451.2);
    const told = kernel.all('market.dataType');
    assert.deepEqual(told, [{ type: 'market.dataType', symbol: 'SPY', dataType: 3 }]);
  });

  it('follow what TWS says of their type', async () => {
    const { tws, kernel, shown } = await watching();
    tws.send(dataType(1, 1), price(1, 1, 451.2, 300));
    assert.equal((await kernel.get('market.dataType')).dataType, 1);
    tws.send(dataType(1, 2), price(1, 1, 451.1, 300));
    assert.equal((await kernel.get('market.dataType', 2)).dataType, 2);
    tws.send(price(1, 1, 451.3, 300));
    assert.equal(shown(SPY.conId, 'dataType'), 2);
  });

  it('of a model computation do not make an old quote fresh', async () => {
    const { tws, clock, greeks, shown } = await watching();
    tws.send(price(2, 1, 7.4, 10));
    await greeks.get('quotes');
    const before = shown(SPY_PUT.conId, 'ts');
    clock.advanceBy(3000);
    tws.send(model(2, 0.16, -0.22));
    await greeks.get('quotes', 2);
    assert.equal(shown(SPY_PUT.conId, 'ts'), before);
    assert.equal(shown(SPY_PUT.conId, 'ibIv'), 0.16);
    assert.equal(shown(SPY_PUT.conId, 'ibTs'), before + 3000);
  });
});

describe('probes', () => {
  it('ask for a snapshot, and its end is an answer that makes the line fresh', async () => {
    const { tws, clock, kernel, greeks, market, shown } = await watching();
    tws.send(price(1, 1, 451.2, 300));
    await greeks.get('quotes');
    const before = shown(SPY.conId, 'ts');
    clock.advanceBy(8000);
    market.receive({ type: 'probe', symbol: 'SPY' });
    const request = await tws.message(CLIENT.reqMktData, 3);
    assert.equal(request[2], '3');
    tws.send(snapshotEnd(3));
    assert.equal((await kernel.get('market.probed')).answered, true);
    assert.ok(shown(SPY.conId, 'ts') >= before + 7000);
    assert.equal(greeks.all('quotes').length, 2);
    assert.equal(shown(SPY.conId, 'bid'), 451.2);
  });

  it('are answered by their first price, which reaches the board before the answer', async () => {
    const { tws, clock, kernel, market, shown } = await watching();
    market.receive({ type: 'probe', symbol: 'SPY' });
    await tws.message(CLIENT.reqMktData, 3);
    tws.send(price(3, 1, 450.9, 100));
    await kernel.get('market.probed');
    assert.equal(shown(SPY.conId, 'bid'), 450.9);
    tws.send(snapshotEnd(3));
    clock.advanceBy(5000);
    assert.equal(kernel.all('market.probed').length, 1);
  });

  it('are not answered after two seconds, nor where there is nothing to ask', async () => {
    const { tws, clock, kernel, market } = await watching();
    market.receive({ type: 'probe', symbol: 'QQQ' });
    assert.deepEqual(await kernel.get('market.probed'), {
      type: 'market.probed',
      symbol: 'QQQ',
      answered: false,
    });
    market.receive({ type: 'probe', symbol: 'SPY' });
    market.receive({ type: 'probe', symbol: 'SPY' });
    await tws.message(CLIENT.reqMktData, 3);
    clock.advanceBy(1999);
    assert.equal(kernel.all('market.probed').length, 1);
    clock.advanceBy(1);
    assert.equal((await kernel.get('market.probed', 2)).answered, false);
    assert.equal(tws.of(CLIENT.reqMktData).length, 3);
  });

  it('end unanswered with the connection', async () => {
    const { tws, kernel, market } = await watching();
    market.receive({ type: 'probe', symbol: 'SPY' });
    await tws.message(CLIENT.reqMktData, 3);
    tws.drop();
    assert.equal((await kernel.get('market.probed')).answered, false);
  });
});

describe('lock-step', () => {
  const lockstep = { clock: 'lockstep' } as const;

  it('shows nothing before the new time, then everything of the step, then the time', async () => {
    const { tws, greeks, shown } = await watching(lockstep);
    await greeks.get('market.time');
    tws.send(price(1, 1, 451.2, 300));
    tws.send(price(1, 2, 451.3, 300), price(2, 1, 7.4, 10));
    // The same time again, as the heartbeat's answer brings it, ends no step.
    tws.send([49, 1, T0]);
    tws.send(price(2, 2, 7.5, 10), [49, 1, T0 + 60]);
    const { ts } = await greeks.get('market.time', 2);
    assert.equal(ts, (T0 + 60) * 1000);
    assert.deepEqual(
      greeks.messages.slice(2).map((message) => message.type),
      ['quotes', 'market.time'],
    );
    assert.equal(shown(SPY.conId, 'ts'), ts);
    assert.equal(shown(SPY_PUT.conId, 'ask'), 7.5);
  });

  it('tells the time of a step in which nothing moved, to the greeks actor alone', async () => {
    const { tws, kernel, greeks } = await watching(lockstep);
    tws.send([49, 1, T0 + 60]);
    await greeks.get('market.time', 2);
    assert.equal(greeks.all('quotes').length, 0);
    assert.equal(greeks.all('market.time').length, 2);
    assert.deepEqual(kernel.all('market.time'), []);
  });

  it('never takes an earlier time', async () => {
    const { tws, greeks } = await watching(lockstep);
    tws.send([49, 1, T0 - 60], [49, 1, T0 + 1]);
    assert.equal((await greeks.get('market.time', 2)).ts, (T0 + 1) * 1000);
  });

  it('answers a probe within a step, with the time that stands', async () => {
    const { tws, kernel, greeks, market, shown } = await watching(lockstep);
    tws.send(price(1, 1, 451.2, 300), [49, 1, T0 + 60]);
    await greeks.get('market.time', 2);
    market.receive({ type: 'probe', symbol: 'SPY' });
    await tws.message(CLIENT.reqMktData, 3);
    tws.send(price(3, 1, 451.2, 300), snapshotEnd(3));
    assert.equal((await kernel.get('market.probed')).answered, true);
    assert.equal(shown(SPY.conId, 'ts'), (T0 + 60) * 1000);
    assert.equal(greeks.all('quotes').length, 2);
  });
});
