/**
 * Named scenarios that need a world of their own: nights, expiries, other holdings, another mode.
 * Each has one exchange and one daemon from its first start on, over real sockets, and ends in the
 * truth check. Where nights pass the exchange is in lock-step, and the scenario steps it.
 */

import assert from 'node:assert/strict';

import type { StatusView } from '../../../src/protocol/views.ts';
import type { HttpAnswer } from '../../support/daemon.ts';
import type { ExchangeAdmin } from '../../support/exchange.ts';

/** What a scenario may do in its world. */
export interface WorldStage {
  readonly exchange: ExchangeAdmin;
  status(what: string, fits: (status: StatusView) => boolean): Promise<StatusView>;
  /** Lock-step: everything until then, New York, and until nothing is under way. */
  stepTo(day: string, time: string): Promise<StatusView>;
  /** The price is another one; in lock-step a second later. */
  move(percent: number): Promise<void>;
  /** Waits, in lock-step second by second, until net delta is inside and no order is under way. */
  hedged(): Promise<StatusView>;
  /** Orders of ours at the exchange. */
  orders(): Promise<number>;
  control(command: string, body?: object): Promise<HttpAnswer>;
  /** Waits for a row of the operations. */
  operation(what: RegExp): Promise<void>;
  /** The id of the only option that the account holds of this right. */
  optionOf(right: 'C' | 'P'): Promise<number>;
}

interface Holding {
  readonly right: 'C' | 'P';
  readonly strike: number | 'atm';
  readonly dte: number;
  readonly quantity: number;
}

export interface WorldScenario {
  readonly start: string;
  readonly options: readonly Holding[];
  /** Shares in the account from the beginning. */
  readonly shares?: number;
  /** Further keys of the scenario, and of its underlying. */
  readonly scenario?: object;
  readonly underlying?: object;
  /** Laid over the quick settings. */
  readonly settings?: object;
  /** Default: simulated, in lock-step. */
  readonly mode?: 'paper' | 'live';
  /** Shares that the operator makes ours. */
  readonly adopted?: number;
  readonly play: (stage: WorldStage) => Promise<void>;
}

/** A Monday. */
const MONDAY = '2026-09-14';
const LONG_STRADDLES: readonly Holding[] = [
  { right: 'C', strike: 180, dte: 28, quantity: 10 },
  { right: 'P', strike: 180, dte: 28, quantity: 10 },
];
/** Legs of any strike and day join. */
const WIDE_OPEN = {
  gates: { strategy: { structure: { atm_band_pct: 40, min_dte: 0 } } },
} as const;

const blockedBy = (reason: string) => (now: StatusView) =>
  now.books[0]?.block_reasons.includes(reason) ?? false;
const owned = (now: StatusView): number => now.status?.stock_position ?? Number.NaN;
const noShares = (now: StatusView): boolean => owned(now) === 0;
const inState = (wanted: string) => (now: StatusView) => now.books[0]?.trading_state === wanted;
const inHedge = (wanted: string) => (now: StatusView) => now.books[0]?.hedge_state === wanted;

/** No order leaves for as long as `reason` holds, whatever the market does. */
async function holdsStill(stage: WorldStage, reason: string, percent = 3): Promise<void> {
  const { status } = await stage.status(`it is held by ${reason}`, blockedBy(reason));
  const before = await stage.orders();
  await stage.move(percent);
  const spot = status?.spot ?? Number.NaN;
  await stage.status(`it is held by ${reason}, at another price`, (now) => {
    return blockedBy(reason)(now) && Math.abs((now.status?.spot ?? spot) - spot) > 1;
  });
  assert.equal(await stage.orders(), before, `no order leaves while ${reason}`);
}

export const WORLD_SCENARIOS: Readonly<Record<string, WorldScenario>> = {
  'option assignment overnight': {
    start: `${MONDAY} 15:50`,
    options: [
      { right: 'C', strike: 180, dte: 28, quantity: 10 },
      // So deep that its holder gains by exercise.
      { right: 'P', strike: 230, dte: 28, quantity: -3 },
    ],
    scenario: { early_assignment: true },
    settings: WIDE_OPEN,
    play: async (stage) => {
      const before = owned(await stage.hedged());
      const orders = await stage.orders();
      await stage.stepTo('20260914', '16:05');
      await stage.operation(/^assignment of .*: 300 shares are ours$/);
      const after = await stage.status('its shares are ours', (now) => owned(now) !== before);
      assert.equal(owned(after), before + 300);
      assert.deepEqual([after.books[0]?.foreign_shares, after.books[0]?.legs.length], [0, 1]);
      assert.equal(await stage.orders(), orders, 'what a put was worth in delta came as shares');
      await stage.stepTo('20260915', '09:31');
    },
  },
  'leg expires': {
    start: '2026-09-18 15:30',
    options: [
      { right: 'C', strike: 180, dte: 28, quantity: 10 },
      { right: 'P', strike: 150, dte: 0, quantity: 5 },
      { right: 'C', strike: 170, dte: 0, quantity: 2 },
    ],
    settings: WIDE_OPEN,
    play: async (stage) => {
      const before = owned(await stage.hedged());
      await stage.stepTo('20260918', '16:05');
      await stage.operation(/^exercise of .*: 200 shares are ours$/);
      const { books } = await stage.status('one leg is left', (now) => {
        return now.books[0]?.legs.length === 1 && owned(now) === before + 200;
      });
      assert.equal(books[0]?.foreign_shares, 0);
      await stage.stepTo('20260921', '09:31');
    },
  },
  'half day': {
    start: '2026-11-27 12:50',
    options: LONG_STRADDLES,
    play: async (stage) => {
      await stage.hedged();
      await stage.stepTo('20261127', '12:59:50');
      await holdsStill(stage, 'close_cut');
      const orders = await stage.orders();
      const { books } = await stage.stepTo('20261127', '13:00:30');
      assert.equal(books[0]?.market_closed, true);
      assert.ok(books[0]?.block_reasons.includes('outside_rth'));
      await stage.stepTo('20261127', '15:59');
      assert.equal(await stage.orders(), orders, 'no order leaves after an early close');
      await stage.stepTo('20261130', '09:31');
      await stage.hedged();
      assert.ok((await stage.orders()) > orders, 'the next session hedges');
    },
  },
  dividend: {
    start: `${MONDAY} 15:50`,
    options: [{ right: 'P', strike: 180, dte: 28, quantity: 10 }],
    underlying: { dividends: [{ ex_date: '20260915', pay_date: '20260916', amount: 1.2 }] },
    play: async (stage) => {
      const shares = owned(await stage.hedged());
      assert.ok(shares > 300);
      const { cash: before } = await stage.exchange.ledger();
      const ex = await stage.stepTo('20260915', '09:31');
      assert.deepEqual(ex.books[0]?.legs.length, 1);
      await stage.hedged();
      await stage.stepTo('20260916', '09:25');
      const { option_events: events, executions, cash } = await stage.exchange.ledger();
      const paid = events.filter(({ kind }) => kind === 'dividend').map((event) => event.cash);
      assert.deepEqual(paid, [shares * 1.2]);
      const flow = executions.filter(({ ts }) => ts > Date.parse('2026-09-15T00:00Z') / 1000);
      const traded = flow.reduce((sum, { side, quantity, price, commission }) => {
        return sum + (side === 'BUY' ? -1 : 1) * quantity * price - commission;
      }, 0);
      const got = (cash['DU0000001'] ?? 0) - (before['DU0000001'] ?? 0);
      assert.ok(Math.abs(got - traded - shares * 1.2) < 0.01, `${got} USD`);
      await stage.stepTo('20260916', '09:31');
    },
  },
  'legging in by hand': {
    start: `${MONDAY} 11:00`,
    options: LONG_STRADDLES.map((leg) => ({ ...leg, quantity: 1 })),
    settings: { gates: { state: { leg_settle_s: 20 } } },
    play: async (stage) => {
      await stage.stepTo('20260914', '11:01');
      const before = await stage.orders();
      const [call, put] = [await stage.optionOf('C'), await stage.optionOf('P')];
      await stage.exchange.trade(call, 'BUY', 9);
      await stage.stepTo('20260914', '11:01:10');
      await stage.status('the legs settle', blockedBy('leg_settling'));
      await stage.exchange.trade(put, 'BUY', 3);
      await stage.stepTo('20260914', '11:01:25');
      await stage.status('they settle anew', blockedBy('leg_settling'));
      assert.equal(await stage.orders(), before, 'no half of a structure is hedged');
      await stage.hedged();
      assert.equal(await stage.orders(), before + 1, 'one hedge for the whole');
    },
  },
  'the last leg closed by hand with hedge shares left': {
    start: `${MONDAY} 11:00`,
    options: [{ right: 'C', strike: 180, dte: 28, quantity: 5 }],
    play: async (stage) => {
      const shares = owned(await stage.hedged());
      const orders = await stage.orders();
      await stage.exchange.trade(await stage.optionOf('C'), 'SELL', 5);
      await stage.stepTo('20260914', '11:20');
      const { books, alerts } = await stage.status('it is safe', inState('SAFE'));
      assert.deepEqual([books[0]?.legs.length, books[0]?.stock_position], [0, shares]);
      assert.ok(
        alerts.some(({ id }) => /orphan/.test(id)),
        JSON.stringify(alerts),
      );
      assert.equal(await stage.orders(), orders, 'what is left waits for its owner');
      assert.equal((await stage.control('flatten')).status, 202);
      await stage.stepTo('20260914', '11:21');
      await stage.status('nothing is ours', noShares);
    },
  },
  'the last leg assigned with hedge shares left': {
    start: `${MONDAY} 11:00`,
    options: [{ right: 'C', strike: 170, dte: 28, quantity: -3 }],
    settings: { ...WIDE_OPEN, hedging: { on_empty_book: 'flatten' } },
    play: async (stage) => {
      const shares = owned(await stage.hedged());
      assert.ok(shares > 0 && shares < 300);
      await stage.exchange.fault('exercise', { con_id: await stage.optionOf('C') });
      await stage.stepTo('20260914', '11:20');
      await stage.operation(/^assignment of .*: -300 shares are ours$/);
      await stage.status('the rest is closed', noShares);
    },
  },
  'ownership unconfirmed at first start': {
    start: `${MONDAY} 11:00`,
    options: LONG_STRADDLES,
    shares: -300,
    adopted: -300,
    play: async (stage) => {
      await holdsStill(stage, 'ownership_unconfirmed');
      const adopt = { symbol: 'NVDA', shares: -300 };
      assert.equal((await stage.control('adopt', adopt)).status, 200);
      await stage.hedged();
      await stage.operation(/^adopted by .*: -300 shares$/);
    },
  },
  'delayed data in live mode': {
    start: `${MONDAY} 11:00`,
    options: LONG_STRADDLES,
    mode: 'live',
    play: async (stage) => {
      await stage.hedged();
      await stage.exchange.fault('line_error', { code: 10167 });
      await holdsStill(stage, 'delayed_data');
      // The right to the data is back with the next session.
      await stage.exchange.fault('disconnect');
    },
  },
  'loss limit during a partial fill on short gamma': {
    start: `${MONDAY} 11:00`,
    options: LONG_STRADDLES.map((leg) => ({ ...leg, quantity: -10 })),
    mode: 'paper',
    settings: {
      gates: {
        state: { delta: { max_delta_limit: 200 } },
        guard: { risk: { max_daily_loss_usd: 2000, on_daily_loss: 'force_only' } },
      },
    },
    play: async (stage) => {
      await stage.hedged();
      await stage.exchange.fault('partial_fills', { max_size: 1 });
      await stage.move(1.5);
      await stage.status('it is filled in part', inHedge('PARTIAL'));
      await stage.move(8);
      const { books } = await stage.status('the loss is too much', ({ status }) => {
        return (status?.daily_pnl ?? 0) < -2000;
      });
      assert.equal(books[0]?.hedge_state, 'PARTIAL');
      await stage.exchange.fault('partial_fills', { on: false });
      await stage.status('what must be hedged is hedged', (now) => {
        const { hedge_state: hedge = '', net_delta: delta } = now.books[0] ?? {};
        const calm = ['EXEC_IDLE', 'FILLED'].includes(hedge);
        return calm && Math.abs(delta ?? Number.NaN) < 200 && blockedBy('daily_loss_limit')(now);
      });
      await holdsStill(stage, 'daily_loss_limit', 1);
      const body = { symbol: 'NVDA', reason: 'the loss is known', allowance_usd: 50_000 };
      assert.equal((await stage.control('manual_resume', body)).status, 200);
    },
  },
};

/** For every run of the tests. */
export const WORLD_SAMPLE: readonly string[] = ['option assignment overnight'];
