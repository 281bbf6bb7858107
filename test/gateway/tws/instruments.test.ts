import { strict as assert } from 'node:assert';
import { beforeEach, describe, it } from 'vitest';
import { splitFields } from '../../../src/gateway/tws/framing.ts';
import { type Follower, Instruments } from '../../../src/gateway/tws/instruments.ts';
import { Outbox } from '../../../src/gateway/tws/outbox.ts';
import { LIVE_TICKS } from '../../../src/gateway/tws/wire-ids.ts';
import { FakeVenue, NOW, PUT, SPY } from './support/fake-venue.ts';

/** Ticks that a line was told since it was last asked: message, tick type and value. */
class Line implements Follower {
  readonly wantsMark: boolean;
  readonly #outbox = new Outbox();

  constructor(wantsMark = false) {
    this.wantsMark = wantsMark;
  }

  tell: Follower['tell'] = (block) => this.#outbox.ticks(block, '5');

  heard(): readonly string[] {
    const bytes = this.#outbox.take();
    const found: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + 4 + bytes.readUInt32BE(at);
      const [message, ...rest] = splitFields(bytes.toString('utf8', at + 4, end)) ?? [];
      const fields = message === '21' ? rest : rest.slice(1);
      assert.equal(fields[0], '5');
      found.push([message, ...fields.slice(1, message === '21' ? 6 : 3)].join(' '));
      at = end;
    }
    return found;
  }
}

describe('instruments', () => {
  let venue: FakeVenue;
  let instruments: Instruments;
  beforeEach(() => {
    venue = new FakeVenue();
    instruments = new Instruments(venue, LIVE_TICKS);
  });

  it('are watched once for all lines, and not any more when the last is gone', () => {
    let watching = 0;
    const watch = venue.watch.bind(venue);
    venue.watch = (conId, listener) => {
      watching += 1;
      const stop = watch(conId, listener);
      return () => {
        watching -= 1;
        return stop();
      };
    };
    const stops = Array.from({ length: 5 }, () => instruments.follow(SPY.conId, new Line()));
    assert.equal(watching, 1);
    for (const stop of stops) stop();
    for (const stop of stops) stop();
    assert.deepEqual([watching, instruments.count], [0, 0]);
    instruments.follow(SPY.conId, new Line());
    assert.equal(watching, 1);
  });

  it('show a line that comes later all there is, and every line each change', () => {
    const first = new Line();
    instruments.follow(SPY.conId, first);
    venue.setQuote(SPY.conId, { bid: 449.5 });
    first.heard();
    const second = new Line();
    instruments.follow(SPY.conId, second);
    assert.deepEqual(second.heard().slice(0, 2), ['1 1 449.5', '2 0 300']);
    assert.deepEqual(first.heard(), []);
    venue.setQuote(SPY.conId, { ask: 450.5 });
    assert.deepEqual(first.heard(), ['1 2 450.5']);
    assert.deepEqual(second.heard(), ['1 2 450.5']);
    venue.setQuote(SPY.conId, { ts: NOW + 1 });
    assert.deepEqual(first.heard(), []);
  });

  it('tell the mark price to who asked for it, when it moves', () => {
    const plain = new Line();
    const marked = new Line(true);
    for (const line of [plain, marked]) instruments.follow(SPY.conId, line);
    assert.equal(marked.heard().at(-1), '1 37 450');
    assert.ok(!plain.heard().some((tick) => tick.startsWith('1 37')));
    venue.setQuote(SPY.conId, { bid: 449.97 });
    assert.deepEqual(plain.heard(), ['1 1 449.97']);
    assert.deepEqual(marked.heard(), ['1 1 449.97', '1 37 449.99']);
    venue.setQuote(SPY.conId, { bid: 449.96, ask: 450.02 });
    assert.deepEqual(marked.heard(), ['1 1 449.96', '1 2 450.02']);
  });

  it('compute an option for its bid, its ask and its last trade, each when it changes', () => {
    const line = new Line();
    instruments.follow(PUT.conId, line);
    const types = (): readonly string[] =>
      line
        .heard()
        .filter((tick) => tick.startsWith('21'))
        .map((tick) => tick.split(' ').slice(1, 2).join());
    assert.deepEqual(types(), ['13', '10', '11', '12']);
    venue.setQuote(PUT.conId, { last: 2.11 });
    assert.deepEqual(types(), ['12']);
    venue.setQuote(PUT.conId, { bid: 2.05 });
    assert.deepEqual(types(), ['10']);
    venue.setQuote(PUT.conId, { ask: Number.NaN });
    assert.deepEqual(line.heard().at(-1), '21 11 0 -1 -2 -1');
  });

  it('compute once, however many lines there are', () => {
    let computed = 0;
    const { research } = venue;
    const counting = {
      ...research,
      computeOption: (...given: Parameters<typeof research.computeOption>) => {
        computed += 1;
        return research.computeOption(...given);
      },
    };
    Object.assign(venue, { research: counting });
    instruments = new Instruments(venue, LIVE_TICKS);
    const lines = Array.from({ length: 20 }, () => new Line());
    for (const line of lines) instruments.follow(PUT.conId, line);
    computed = 0;
    venue.setQuote(PUT.conId, { bid: 2.05, ask: 2.2 });
    assert.equal(computed, 2);
    for (const line of lines) assert.equal(line.heard().at(-1)?.slice(0, 5), '21 11');
  });

  it('are shown once to a line that wants no more', () => {
    const line = new Line(true);
    instruments.show(SPY.conId, line);
    assert.equal(line.heard().at(-1), '1 37 450');
    venue.setQuote(SPY.conId, { bid: 1 });
    assert.deepEqual(line.heard(), []);
    assert.equal(instruments.count, 0);
  });
});
