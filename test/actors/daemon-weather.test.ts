import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { ACTORS } from '../../src/protocol/decision.ts';
import { SECOND } from '../support/book.ts';
import type { World } from '../support/world.ts';
import {
  IN_USE,
  LOST,
  NO_IB,
  typesTo,
  verifyReplays,
  watching,
  world,
} from './support/hedged-book.ts';

verifyReplays();

const context = (w: World) => w.data.snapshot.context;

describe('a broken data farm', () => {
  const farm = (code: number, ok: boolean, name = 'usfarm') =>
    ({ type: 'farm', code, farm: name, ok }) as const;

  it('is shown, and hedging goes on while quotes are fresh', () => {
    const w = watching();
    w.report(farm(2103, false));
    assert.deepEqual([w.daemon, w.data.snapshot.context.degraded], ['degraded', ['farm_down']]);
    w.evaluate();
    w.pump();
    assert.equal(w.venue.orders.size, 1);
    w.report(farm(2104, true));
    assert.equal(w.daemon, 'running');
  });

  it('has everything subscribed again a while after the last one came back', () => {
    const w = watching();
    w.take(ACTORS.market);
    w.report(farm(2103, false));
    w.report(farm(2103, false, 'usopt'));
    w.report(farm(2104, true));
    w.advance(11 * SECOND);
    assert.deepEqual(
      typesTo(w, ACTORS.market).filter((type) => type === 'resubscribe'),
      [],
    );
    w.report(farm(2104, true, 'usopt'));
    w.advance(9 * SECOND);
    w.report(farm(2103, false));
    w.report(farm(2104, true));
    w.advance(9 * SECOND);
    assert.deepEqual(
      typesTo(w, ACTORS.market).filter((type) => type === 'resubscribe'),
      [],
    );
    w.advance(2 * SECOND);
    assert.deepEqual(
      typesTo(w, ACTORS.market).filter((type) => type === 'resubscribe'),
      ['resubscribe'],
    );
  });

  it('of history or of another connection changes nothing', () => {
    const w = watching();
    w.report(farm(2105, false, 'ushmds'));
    assert.equal(w.daemon, 'running');
    w.report(farm(2103, false));
    w.report(LOST);
    w.control({ command: 'retry_ib' });
    w.sync();
    assert.equal(w.daemon, 'running');
  });
});

describe('what the market-data side lacks', () => {
  const lastAlert = (w: World): string =>
    w.facts('operation').findLast(({ type }) => type === 'alert')?.stateReason ?? '';

  it('is a row for the operator: a line that was refused, a chain that is not told', () => {
    const w = watching();
    w.market({ type: 'market.refused', conId: 77, code: 354, message: 'not subscribed' });
    assert.equal(lastAlert(w), 'no market data for contract 77: not subscribed');
    const untold = { type: 'market.untold', request: 'the chain', retryInMs: 15_000 } as const;
    w.market({ ...untold, code: null });
    assert.match(lastAlert(w), /^chain_untold: the chain \(no answer\).*again in 15 s/);
    w.market({ ...untold, code: 322 });
    assert.match(lastAlert(w), /^chain_untold: the chain \(refused with 322\)/);
    assert.equal(w.daemon, 'running');
  });
});

describe('a loss inside the nightly reset', () => {
  const windows = { resetWindows: ['10:00-11:00'] };
  const made = (resets: object) => {
    const w = world();
    const { broker } = w.boot.config;
    return world({ config: { broker: { ...broker, ...resets } } });
  };

  it.each([LOST, NO_IB, IN_USE])('is said to be expected: $type', (report) => {
    const w = made(windows);
    if (report.type !== 'link.failed') w.sync();
    w.report(report);
    assert.match(context(w).reason, /; IB's nightly reset, until 11:00 New York$/);
  });

  it('outside of it is not', () => {
    const w = made({ resetWindows: ['00:15-01:45'] });
    w.sync();
    w.report(LOST);
    assert.equal(context(w).reason, 'socket closed');
  });
});
