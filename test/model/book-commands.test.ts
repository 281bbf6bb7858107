/**
 * Drawn sequences of what can happen to a book (prices, time, a broker in any mood, operators,
 * outages, restarts, a changed configuration) against the real deciders under virtual time. After
 * each step the invariants of the machines are asked of the venue's own truth.
 */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it, vi } from 'vitest';
import { createTradingMachine } from '../../machines/trading.ts';
import type { ControlCommand } from '../../src/protocol/control.ts';
import { ACTORS, bookId } from '../../src/protocol/decision.ts';
import type { ConfigInput } from '../../src/protocol/decision-config.ts';
import { LAZY, type Manners, MUTE, PROMPT, serve, tradeByHand } from '../actors/support/serving.ts';
import { bookSettings, SECOND } from '../support/book.ts';
import { World } from '../support/world.ts';

// Drawn tests have time on a busy machine.
vi.setConfig({ testTimeout: 240_000 });

const PARTLY: Manners = { ...PROMPT, fills: 40 };
const MANNERS = { PROMPT, LAZY, MUTE, PARTLY } as const;
const MAX_POSITION = 600;

type Step =
  | { readonly kind: 'tick'; readonly delta: number; readonly half: number; readonly spot: number }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'manners'; readonly manners: keyof typeof MANNERS }
  | { readonly kind: 'control'; readonly control: ControlCommand }
  | { readonly kind: 'hand'; readonly shares: number }
  | { readonly kind: 'config'; readonly threshold: number; readonly enabled: boolean }
  | { readonly kind: 'lost' | 'back' | 'restart' | 'legs_gone' | 'legs_back' };

const SYMBOL = 'SPY';
const CONTROLS: readonly ControlCommand[] = [
  { command: 'suspend' },
  { command: 'resume' },
  { command: 'resume' },
  { command: 'suspend', symbol: SYMBOL },
  { command: 'resume', symbol: SYMBOL },
  { command: 'flatten', symbol: SYMBOL },
  { command: 'hedge_now', symbol: SYMBOL },
  { command: 'cancel_all' },
  { command: 'manual_resume', symbol: SYMBOL, reason: 'drawn', allowance_usd: 1e6 },
  { command: 'retry_ib' },
];

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('tick' as const),
      delta: fc.constantFrom(-700, -112, -20, 0, 20, 112, 300, 700),
      half: fc.constantFrom(0.01, 0.01, 0.01, 0.4, 2, -0.01),
      spot: fc.constantFrom(448, 450, 452),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      seconds: fc.constantFrom(1, 3, 6, 12, 61),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('manners' as const),
      manners: fc.constantFrom('PROMPT', 'PROMPT', 'LAZY', 'MUTE', 'PARTLY' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('control' as const),
      control: fc.constantFrom(...CONTROLS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('hand' as const), shares: fc.constantFrom(-30, 50) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('config' as const),
      threshold: fc.constantFrom(25, 100),
      enabled: fc.constantFrom(true, true, false),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Step>(
      { kind: 'lost' },
      { kind: 'back' },
      { kind: 'back' },
      { kind: 'restart' },
      { kind: 'legs_gone' },
      { kind: 'legs_back' },
    ),
  },
);

const settingsOf = (threshold: number, enabled: boolean) =>
  ({
    strategy_enabled: enabled,
    gates: {
      state: { leg_settle_s: 0, delta: { threshold_hedge_shares: threshold } },
      guard: { risk: { max_position_shares: MAX_POSITION, max_daily_loss_usd: 1e6 } },
      intent: { hedge: { cooldown_seconds: 5 } },
    },
  }) as const;

class Run {
  readonly reached = new Set<string>();
  world = new World({ settings: settingsOf(25, true) });
  #manners: Manners = PROMPT;
  /** Delivers the assessment again after every step: nothing may come of it. */
  readonly #eager: boolean;

  constructor(eager = false) {
    this.#eager = eager;
    this.#connect();
    this.take({ kind: 'tick', delta: 0, half: 0.01, spot: 450 });
  }

  take(one: Step): void {
    const w = this.world;
    switch (one.kind) {
      case 'tick':
        w.evaluate({ delta: one.delta, bid: one.spot - one.half, ask: one.spot + one.half });
        break;
      case 'wait':
        for (let second = 0; second < one.seconds; second += 1) {
          w.advance(SECOND);
          this.#settle();
        }
        break;
      case 'manners':
        this.#manners = MANNERS[one.manners];
        break;
      case 'control':
        w.control(one.control);
        break;
      case 'hand':
        tradeByHand(w, one.shares);
        break;
      case 'config':
        this.#reload(one.threshold, one.enabled);
        break;
      case 'lost':
        w.report({ type: 'link.lost', reason: 'socket closed' });
        break;
      case 'back':
        this.#connect();
        break;
      case 'restart':
        this.world = w.restart({ settings: settingsOf(25, true) });
        this.#connect();
        break;
      case 'legs_gone':
        w.venue.contracts = 0;
        break;
      case 'legs_back':
        w.venue.contracts = 100;
        break;
    }
    this.#settle();
  }

  get states(): string {
    return `${this.world.daemon} ${this.world.states} ${this.world.book.view.stock_position}`;
  }

  #settle(): void {
    this.#check();
    serve(this.world, this.#manners);
    if (this.#eager) this.#again();
    this.#check();
  }

  /** The same assessment once more, as if every tick were sent to the machines. */
  #again(): void {
    const { engine } = this.world.data;
    if (engine === null) return;
    const before = this.states;
    this.world.input('actor', bookId(SYMBOL), { type: 'engine', engine });
    assert.equal(this.states, before, 'an assessment that is delivered again changes nothing');
    serve(this.world, this.#manners);
  }

  #connect(): void {
    if (this.world.daemon === 'waiting_ib') this.world.control({ command: 'retry_ib' });
    this.world.sync();
    this.world.marketUp();
    serve(this.world, this.#manners);
  }

  #reload(threshold: number, enabled: boolean): void {
    const input: ConfigInput = {
      type: 'config.applied',
      file: 'drawn.yaml',
      configSummary: `drawn ${threshold} ${enabled}`,
      books: [bookSettings(settingsOf(threshold, enabled))],
      taken: ['gates'],
      needsRestart: [],
    };
    this.world.input('config', ACTORS.daemon, input);
  }

  #check(): void {
    const { world: w } = this;
    const { venue, book } = w;
    this.reached.add(book.trading);
    // 1: at most one order of ours is live.
    assert.ok(venue.live.length <= 1, `${venue.live.length} live orders`);
    // 2: nothing but a flatten's order leaves while the engine may not trade.
    this.#checkOrders();
    // 3, 4: what is ours is every execution once, and every adjustment.
    const adjusted = w.facts('adjustment').reduce((sum, { shares }) => sum + shares, 0);
    const ids = new Set<string>();
    for (const { execution } of w.facts('execution')) {
      assert.ok(!ids.has(execution.execId), `${execution.execId} was booked twice`);
      ids.add(execution.execId);
    }
    const told = venue.executions.filter(({ orderRef }) => orderRef !== '');
    const signed = told.reduce((sum, { side, quantity }) => {
      return sum + (side === 'BUY' ? quantity : -quantity);
    }, 0);
    const owned = book.view.stock_position;
    const durable = w.durable().books[`${SYMBOL}@DU1`];
    const known = durable?.adjustments.reduce((sum, { shares }) => sum + shares, 0) ?? adjusted;
    assert.equal(owned, signed + known, 'owned is the sum of its entries');
    // 7: no order of ours takes it beyond the limit.
    assert.ok(Math.abs(owned) <= MAX_POSITION + Math.abs(known), `${owned} shares`);
    // 8: hedging means that an intent is open.
    if (book.trading === 'HEDGING') assert.ok(book.context.intent !== null);
  }

  #checkOrders(): void {
    const { world: w } = this;
    for (const { to, message } of w.outbox) {
      const command = message as { readonly type: string; readonly order?: { purpose: string } };
      if (to !== ACTORS.broker || command.type !== 'order.submit') continue;
      const flattens = command.order?.purpose === 'flatten';
      assert.ok(flattens || !w.book.view.suspended, 'an order left while suspended');
      const daemon = ['running', 'degraded', 'flattening', 'running_suspended'];
      assert.ok(daemon.includes(w.daemon), `an order left while ${w.daemon}`);
    }
  }

  /** 5: a stop ends it, with nothing of ours alive once the broker answers. */
  stop(): void {
    this.#manners = PROMPT;
    const w = this.world;
    if (w.daemon === 'stopped') return;
    w.control({ command: 'stop' });
    for (let quarter = 0; quarter < 40 && w.daemon !== 'stopped'; quarter += 1) {
      this.#settle();
      w.advance(SECOND / 4);
    }
    assert.equal(w.daemon, 'stopped');
    assert.ok(w.venue.live.length === 0 || w.data.orderLeftLive, 'an order was left, and not told');
    w.verifyReplay();
  }
}

const NAMES = Object.keys(createTradingMachine().root.states);

describe('whatever happens to a book', () => {
  it('keeps the invariants, in every state of its trading machine, and ends with a stop', () => {
    const reached = new Set<string>();
    let orders = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 30, size: 'max' }), (steps) => {
        const run = new Run();
        for (const one of steps) run.take(one);
        run.stop();
        for (const state of run.reached) reached.add(state);
        orders += run.world.venue.orders.size;
      }),
      { numRuns: 120 },
    );
    assert.ok(orders > 100, `only ${orders} orders in all of it`);
    // BOOT and ARMED are passed within a turn where nothing keeps the book there.
    const lasting = NAMES.filter((name) => !['BOOT', 'ARMED'].includes(name));
    assert.deepEqual(
      lasting.filter((name) => !reached.has(name)),
      [],
    );
  });

  it('is the same when every assessment is sent to the machines again', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 3, maxLength: 20, size: 'max' }), (steps) => {
        const run = new Run(true);
        for (const one of steps) run.take(one);
      }),
      { numRuns: 60 },
    );
  });
});
