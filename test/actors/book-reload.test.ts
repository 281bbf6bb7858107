import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { ACTORS } from '../../src/protocol/decision.ts';
import type { ConfigInput } from '../../src/protocol/decision-config.ts';
import { bookSettings, type SettingsPatch } from '../support/book.ts';
import type { World } from '../support/world.ts';
import { sent, verifyReplays, watching, working } from './support/hedged-book.ts';

verifyReplays();

function reload(w: World, settings: SettingsPatch, needsRestart: readonly string[] = []): void {
  const input: ConfigInput = {
    type: 'config.applied',
    file: 'bifrost.yaml',
    configSummary: 'simulated 1234',
    books: [
      bookSettings({ ...settings, gates: { state: { leg_settle_s: 0 }, ...settings.gates } }),
    ],
    taken: ['gates'],
    needsRestart,
  };
  w.input('config', ACTORS.daemon, input);
}

const threshold = (shares: number): SettingsPatch => ({
  gates: {
    state: { leg_settle_s: 0, delta: { threshold_hedge_shares: shares, max_delta_limit: 500 } },
  },
});

describe('a changed configuration', () => {
  it('holds from the next assessment on, without another tick', () => {
    const w = watching({ settings: threshold(200) });
    w.evaluate({ delta: 112 });
    assert.equal(w.book.trading, 'MONITOR');
    reload(w, threshold(100));
    assert.equal(w.states, 'HEDGING WAIT_ACK');
    assert.equal(w.book.view.config_summary, 'simulated 1234');
  });

  it('stops what it forbids: a book that is switched off goes to IDLE', () => {
    const w = watching();
    reload(w, { strategy_enabled: false });
    assert.equal(w.book.trading, 'IDLE');
    reload(w, {});
    w.evaluate({ delta: 0 });
    assert.equal(w.book.trading, 'NO_TRADE');
  });

  it('tightens the last check for an order that works already', () => {
    const w = working();
    const tight = { gates: { guard: { risk: { max_position_shares: 50 } } } };
    reload(w, tight);
    w.advance(5000);
    assert.equal(w.book.hedge, 'CANCEL');
  });

  it('changes the price of an order that works, not what kind of order it is', () => {
    const w = working({ settings: { order: { order_type: 'midprice', tif: 'DAY' } } });
    reload(w, { order: { order_type: 'limit', tif: 'GTD', outside_rth: true } });
    w.evaluate({ bid: 449.89, ask: 449.91 });
    w.advance(5000);
    const modified = w.pump().find(({ type }) => type === 'order.modify');
    assert(modified?.type === 'order.modify');
    const { work, tif, goodTill, outsideRth } = modified.order;
    assert.deepEqual([work, tif, goodTill, outsideRth], ['midprice', 'DAY', null, false]);
  });

  it('gives the next order the type and the time in force that it names', () => {
    const next = watching({ settings: { order: { order_type: 'midprice', tif: 'DAY' } } });
    reload(next, { order: { order_type: 'limit', tif: 'GTD' } });
    next.evaluate();
    const order = next.pump().find(({ type }) => type === 'order.submit');
    assert(order?.type === 'order.submit');
    assert.deepEqual([order.order.work, order.order.tif], ['limit', 'GTD']);
    assert.ok((order.order.goodTill ?? 0) > next.at.trading, 'it has an end of its own');
  });

  it('reviews the legs by the new structure', () => {
    const w = watching();
    assert.equal(w.book.view.legs.length, 1);
    reload(w, { gates: { strategy: { structure: { exclude: [2001] } } } });
    assert.equal(w.book.view.legs.length, 0);
  });

  it('tells the greeks actor how to price from now on', () => {
    const w = watching();
    w.take(ACTORS.market);
    reload(w, { greeks: { volatility: 0.8 } });
    const [watch] = w.take(ACTORS.market) as { books: { greeks: { volatility: number } }[] }[];
    assert.equal(watch?.books[0]?.greeks.volatility, 0.8);
    reload(w, { greeks: { volatility: 0.8 } });
    assert.deepEqual(w.take(ACTORS.market), []);
  });

  it('leaves a row with what was taken and what waits', () => {
    const w = watching();
    reload(w, {}, ['api.port']);
    const row = w.facts('control').at(-1);
    assert.deepEqual([row?.command, row?.origin, row?.ok], ['reload_config', 'file', true]);
    assert.match(row?.message ?? '', /gates taken; needs restart: api\.port/);
    assert.deepEqual(w.data.reload.needsRestart, ['api.port']);
  });
});

describe('a changed configuration that is refused', () => {
  it('changes nothing, and is said once', () => {
    const w = sent();
    const before = w.data.config;
    const reason = 'order.max_reprices: -1';
    w.input('config', ACTORS.daemon, { type: 'config.refused', file: 'f', reason });
    assert.equal(w.data.config, before);
    assert.equal(w.data.reload.refused?.reason, reason);
    assert.equal(w.facts('control').at(-1)?.ok, false);
    const alerts = w.facts('operation').filter(({ type }) => type === 'alert');
    assert.equal(alerts.filter(({ stateReason }) => stateReason.includes(reason)).length, 1);
    assert.deepEqual([...w.data.alerts.keys()], ['config_refused']);
    reload(w, {});
    assert.equal(w.data.reload.refused, null);
    assert.equal(w.data.alerts.size, 0);
  });
});
