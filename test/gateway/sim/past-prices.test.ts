import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { Exchange } from '../../../src/gateway/sim/exchange.ts';
import { roundMiddle } from '../../../src/gateway/sim/invented-past.ts';
import { SeenPrices } from '../../../src/gateway/sim/seen-prices.ts';
import {
  BAR_KINDS,
  type BarKind,
  type VenueBar,
  type VenueQuote,
} from '../../../src/gateway/sim/venue.ts';
import {
  MINUTE,
  openWorld,
  optionId,
  RECORDED,
  SECOND,
  TAPE_OPTION,
  TAPE_STOCK,
  tapeOf,
} from './support/world.ts';

const DAY = 86_400_000;
/** Months of minutes, on a machine that has more to do. */
const SLOW = { timeout: 30_000 };

const LIVELY = {
  underlyings: [
    {
      symbol: 'ABC',
      con_id: 77,
      price: 100,
      previous_close: 99,
      model: { volatility: 0.8, spread_ticks: 4 },
      surface: { atm_vol: 0.3 },
      chain: { dtes: [28], strikes: [90, 100, 110] },
    },
  ],
};

/** What the line showed, quote by quote. */
function recordQuotes(exchange: Exchange, conId: number): VenueQuote[] {
  const seen: VenueQuote[] = [];
  exchange.watch(conId, (quote) => seen.push(quote));
  return seen;
}

function bars(exchange: Exchange, from: number, kind: BarKind, conId = 77): readonly VenueBar[] {
  return exchange.research?.bars(conId, from, exchange.now() + 1, MINUTE, kind) ?? [];
}

describe('bars of what was seen', SLOW, () => {
  it('are of the very quotes that the line showed, each kind of its own prices', async () => {
    const { exchange, clock } = await openWorld({ scenario: LIVELY });
    const seen = recordQuotes(exchange, 77);
    const from = exchange.now();
    clock.advanceBy(5 * MINUTE - 1);
    const sides: readonly (readonly [BarKind, (quote: VenueQuote) => number])[] = [
      ['BID', ({ bid }) => bid],
      ['ASK', ({ ask }) => ask],
      ['MIDPOINT', ({ bid, ask }) => roundMiddle((bid + ask) / 2)],
    ];
    for (const [kind, priceOf] of sides) {
      const made = bars(exchange, from + MINUTE, kind);
      assert.equal(made.length, 4);
      for (const bar of made) {
        const own = seen.filter(({ ts }) => ts >= bar.ts && ts < bar.ts + MINUTE).map(priceOf);
        const wanted = [own[0], Math.max(...own), Math.min(...own), own.at(-1)];
        assert.deepEqual([bar.open, bar.high, bar.low, bar.close], wanted, kind);
        assert.deepEqual([bar.volume, bar.count], [-1, -1]);
      }
    }
  });

  it('of trades count what was traded, and no more', async () => {
    const { exchange, clock } = await openWorld({ scenario: LIVELY });
    const from = exchange.now();
    clock.advanceBy(10 * MINUTE - 1);
    const volume = exchange.quote(77)?.volume ?? 0;
    const made = bars(exchange, from, 'TRADES');
    const counted = made.reduce((sum, bar) => sum + bar.volume, 0);
    // The first print has no quote before it to be counted against.
    assert.ok(counted <= volume && counted > volume - 600, `${counted} of ${volume}`);
    for (const bar of made)
      assert.ok(bar.count > 0 && bar.low <= bar.open && bar.high >= bar.close);
  });

  it('of both sides have the mean bid first, the mean ask last, and the extremes', async () => {
    const { exchange, clock } = await openWorld({ scenario: LIVELY });
    const from = exchange.now();
    clock.advanceBy(5 * MINUTE - 1);
    const [both, bids, asks] = (['BID_ASK', 'BID', 'ASK'] as const).map((kind) =>
      bars(exchange, from + MINUTE, kind),
    );
    for (const [index, bar] of (both ?? []).entries()) {
      const [bid, ask] = [bids?.[index], asks?.[index]];
      assert.ok(bid !== undefined && ask !== undefined);
      assert.deepEqual([bar.low, bar.high], [bid.low, ask.high]);
      assert.ok(bar.open > bid.low && bar.open < bid.high, 'a mean');
      assert.ok(bar.close > bar.open);
    }
    assert.equal(both?.length, 4);
  });
});

describe('bars of every kind', SLOW, () => {
  it('reach back as far, and end in one another', async () => {
    const { exchange } = await openWorld({ scenario: LIVELY });
    for (const kind of BAR_KINDS) {
      const head = exchange.research?.headTime(77, kind) ?? 0;
      assert.ok(exchange.now() - head > 300 * DAY, kind);
      const since = exchange.now() - 60 * DAY;
      const daily = exchange.research?.bars(77, since, exchange.now(), DAY, kind) ?? [];
      assert.ok(daily.length > 38, `${kind}: ${daily.length}`);
      for (const { open, high, low, close } of daily) {
        assert.ok(
          low <= Math.min(open, close) + 1e-9 && high >= Math.max(open, close) - 1e-9,
          kind,
        );
      }
    }
    const close = (kind: BarKind) =>
      exchange.research?.bars(77, exchange.now() - 9 * DAY, exchange.now(), DAY, kind).at(-2)
        ?.close ?? 0;
    assert.ok(Math.abs(close('MIDPOINT') - 99) < 0.011);
    assert.ok(Math.abs(close('ASK') - close('BID') - 0.04) < 0.011);
    const implied = bars(exchange, exchange.now() - DAY, 'OPTION_IMPLIED_VOLATILITY');
    assert.ok(Math.abs((implied.at(-1)?.close ?? 0) - 0.3) < 0.02);
  });
});

describe('an option', SLOW, () => {
  it('has bars of its model on those of its stock, which go on with its quotes', async () => {
    const { exchange, clock } = await openWorld({ scenario: LIVELY });
    const conId = optionId(exchange, 100, 'C');
    clock.advanceBy(10 * MINUTE);
    const quote = exchange.quote(conId);
    const last = (kind: BarKind) => bars(exchange, exchange.now() - 5 * MINUTE, kind, conId).at(-1);
    assert.ok(Math.abs((last('BID')?.close ?? 0) - (quote?.bid ?? 0)) < 0.06);
    assert.ok(Math.abs((last('ASK')?.close ?? 0) - (quote?.ask ?? 0)) < 0.06);
    assert.ok((last('BID')?.close ?? 0) < (last('ASK')?.close ?? 0));
    const since = exchange.now() - 60 * DAY;
    const daily = exchange.research?.bars(conId, since, exchange.now(), DAY, 'TRADES') ?? [];
    assert.ok(daily.length > 38 && daily.every(({ low, high }) => low > 0 && high >= low));
    assert.deepEqual(bars(exchange, 0, 'HISTORICAL_VOLATILITY', conId), []);
    assert.equal(exchange.research?.headTime(conId, 'OPTION_IMPLIED_VOLATILITY'), null);
    assert.equal(exchange.research?.headTime(conId), exchange.research?.headTime(77));
  });

  it('falls when its stock rises, where it is a put', async () => {
    const { exchange } = await openWorld({ scenario: LIVELY });
    const [since, now] = [exchange.now() - 60 * DAY, exchange.now()];
    const stock = exchange.research?.bars(77, since, now, DAY) ?? [];
    const put = exchange.research?.bars(optionId(exchange, 100, 'P'), since, now, DAY) ?? [];
    assert.equal(put.length, stock.length);
    for (const [index, bar] of put.entries()) {
      const own = stock[index];
      if (own !== undefined && own.close > own.open + 0.5) assert.ok(bar.close < bar.open);
    }
  });

  it('is remembered of a recording when it was watched', async () => {
    const start = Date.UTC(2023, 7, 3, 13, 30);
    const sides = { bidSize: 10, askSize: 10 };
    const quotes = Array.from({ length: 10 }, (_, minute) => [
      {
        ...sides,
        ts: start + minute * MINUTE,
        conId: TAPE_STOCK.conId,
        bid: 450,
        ask: 450.02,
      },
      {
        ...sides,
        ts: start + minute * MINUTE,
        conId: TAPE_OPTION.conId,
        bid: 5 + minute / 10,
        ask: 5.1 + minute / 10,
      },
    ]).flat();
    const { exchange } = await openWorld({ scenario: RECORDED, tape: tapeOf(quotes) });
    exchange.watch(TAPE_OPTION.conId, () => undefined);
    await exchange.step(start + 9 * MINUTE);
    const made = bars(exchange, start, 'BID', TAPE_OPTION.conId);
    assert.deepEqual(made.at(-1)?.close, 5.9);
    assert.ok(made.length >= 9);
  });
});

describe('past ticks', SLOW, () => {
  it('are the quotes one by one, the last before a time or the first after one', async () => {
    const { exchange, clock } = await openWorld({ scenario: LIVELY });
    const seen = recordQuotes(exchange, 77);
    clock.advanceBy(2 * MINUTE);
    const query = {
      conId: 77,
      kind: 'BID_ASK',
      from: 0,
      to: exchange.now() + 1,
      countMax: 50,
    } as const;
    const ticks = exchange.research?.pastTicks({ ...query, keep: 'last' }) ?? [];
    assert.deepEqual(
      ticks.map(({ ts, bid, ask }) => [ts, bid, ask]),
      seen.slice(-50).map(({ ts, bid, ask }) => [ts, bid, ask]),
    );
    const from = exchange.now() - MINUTE;
    const first = exchange.research?.pastTicks({ ...query, from, keep: 'first' }) ?? [];
    assert.equal(first[0]?.ts, seen.find(({ ts }) => ts >= from)?.ts);
  });

  it('of trades have sizes; before the opening they are those of the bars', async () => {
    const { exchange, clock } = await openWorld({ scenario: LIVELY });
    const opened = exchange.now();
    clock.advanceBy(MINUTE);
    const all = { conId: 77, from: opened - 5 * DAY, to: exchange.now() + 1, countMax: 100_000 };
    for (const kind of ['TRADES', 'MIDPOINT', 'BID_ASK'] as const) {
      const ticks = exchange.research?.pastTicks({ ...all, kind, keep: 'last' }) ?? [];
      assert.ok(ticks.some(({ ts }) => ts < opened) && ticks.some(({ ts }) => ts >= opened), kind);
      for (const [index, { ts }] of ticks.entries()) assert.ok(ts >= (ticks[index - 1]?.ts ?? 0));
    }
    const trades = exchange.research?.pastTicks({ ...all, kind: 'TRADES', keep: 'last' }) ?? [];
    assert.ok(trades.every(({ price, size }) => price > 0 && size > 0));
  });
});

describe('what is remembered', () => {
  it('stays within its bounds, and forgets the oldest', () => {
    const seen = new SeenPrices(5000, 100, 50);
    for (let at = 0; at < 1000; at += 1) seen.note(quoteAt(at * 5 * SECOND, at));
    const made = seen.bars('bid', 0, Number.POSITIVE_INFINITY);
    assert.ok(made.length <= 100 && made.length >= 89, String(made.length));
    assert.equal(made.at(-1)?.close, 100 + 999 / 100);
    assert.ok(made.every((bar, index) => index === 0 || bar.ts > (made[index - 1]?.ts ?? 0)));
    const ticks = seen.ticks(0, Number.POSITIVE_INFINITY);
    assert.ok(ticks.length <= 50 && ticks.at(-1)?.ts === 999 * 5 * SECOND);
    assert.equal(seen.tickHead, ticks[0]?.ts);
  });
});

function quoteAt(ts: number, cents: number): VenueQuote {
  const bid = 100 + cents / 100;
  const sizes = { bidSize: 1, askSize: 1, lastSize: 1 };
  const prices = { bid, ask: bid + 0.02, last: bid, close: 100, volume: cents };
  return { conId: 77, ...prices, ...sizes, halted: false, ts, model: null };
}
