/**
 * Bad weather between the deciders and a broker on paper: commands and reports travel, wait, come
 * twice, overtake each other and are lost. What happens is drawn by the caller; what must hold of
 * it is judged after every turn.
 */

import assert from 'node:assert/strict';
import type { BrokerCommand, BrokerReport } from '../../src/protocol/broker.ts';
import { ACTORS, bookId } from '../../src/protocol/decision.ts';
import type { JournalRecord } from '../../src/protocol/records.ts';
import type { SettingsPatch } from '../support/book.ts';
import { ACCOUNT, SHARES } from '../support/venue.ts';
import { SYMBOL, World } from '../support/world.ts';

export type Weather =
  | { readonly kind: 'quote'; readonly delta: number }
  | { readonly kind: 'wait'; readonly ms: number }
  /** A lull: what travels arrives and is heard, and prices are fresh. */
  | { readonly kind: 'lull' }
  /** The oldest command reaches the broker, which does with it what is said. */
  | { readonly kind: 'carry'; readonly answer: 'well' | 'silent' | 'refuse' | 'lose' }
  /** A report is heard: the oldest, or one that overtakes it. */
  | { readonly kind: 'hear'; readonly skip: number }
  | { readonly kind: 'fill'; readonly part: number; readonly twice: boolean }
  | { readonly kind: 'inactive' }
  | { readonly kind: 'cut'; readonly arrives: boolean }
  | { readonly kind: 'upstream'; readonly lost: boolean }
  | { readonly kind: 'suspend' | 'resume'; readonly book: boolean }
  | { readonly kind: 'restart'; readonly arrives: boolean };

/** Gates of pace stand open: the weather is the test, not the clock. */
const SETTINGS: SettingsPatch = {
  gates: {
    intent: { hedge: { cooldown_seconds: 0, min_price_move_pct: 0 } },
    guard: {
      risk: { max_orders_per_minute: 1000, max_daily_hedge_count: 1000 },
      account: { max_orders_per_minute: 1000 },
    },
  },
};

export class Voyage {
  world = new World({ settings: SETTINGS });
  /** Every session, for the replay. */
  readonly sessions = [this.world];
  readonly reached = new Set<string>();
  delta = 0;
  #wire: BrokerCommand[] = [];
  #inbox: BrokerReport[] = [];
  #linked = false;
  #seen = 0;
  readonly #executions = new Set<string>();

  constructor() {
    this.#look();
  }

  take(weather: Weather): void {
    this.#act(weather);
    this.#look();
  }

  /** Calm: everything is carried, heard and filled, and time passes. */
  calm(seconds: number): void {
    this.take({ kind: 'upstream', lost: false });
    for (let quarter = 0; quarter < seconds * 4; quarter += 1) {
      this.take({ kind: 'lull' });
      for (const { order, filled } of this.world.venue.live) {
        if (this.#linked) this.#fill(order.orderRef, order.quantity - filled);
      }
      this.take({ kind: 'lull' });
      this.take({ kind: 'wait', ms: 250 });
    }
  }

  /** Ends the engine: nothing of ours may be alive then, unless it is said. */
  stop(): void {
    this.world.control({ command: 'stop' });
    this.#look();
    this.calm(3);
    assert.equal(this.world.daemon, 'stopped');
    const { orderLeftLive } = this.world.data;
    assert(orderLeftLive || this.world.venue.live.length === 0, 'an order lives, and nobody says');
  }

  #act(weather: Weather): void {
    const { world } = this;
    switch (weather.kind) {
      case 'quote':
        this.delta = weather.delta;
        world.evaluate({ delta: weather.delta });
        break;
      case 'wait':
        world.advance(weather.ms);
        break;
      case 'lull':
        for (let n = 0; n < 20 && this.#wire.length > 0; n += 1) {
          this.take({ kind: 'carry', answer: 'well' });
        }
        while (this.#inbox.length > 0) this.take({ kind: 'hear', skip: 0 });
        world.evaluate({ delta: this.delta });
        break;
      case 'carry':
        this.#carry(weather.answer);
        break;
      case 'hear': {
        const [report] = this.#inbox.splice(this.#overtaking(weather.skip), 1);
        if (report !== undefined) world.report(report);
        if (report?.type === 'link.up') world.marketUp();
        break;
      }
      case 'fill':
        this.#fillSome(weather);
        break;
      case 'inactive':
        for (const order of world.venue.live) order.status = 'Inactive';
        this.#tellOrders();
        break;
      case 'cut':
        this.#cut(weather.arrives);
        world.report({ type: 'link.lost', reason: 'cut' });
        break;
      case 'upstream':
        if (!this.#linked) break;
        if (weather.lost) world.report({ type: 'upstream.lost', code: 1100 });
        else world.report({ type: 'upstream.restored', code: 1102, dataLost: false });
        break;
      case 'suspend':
      case 'resume':
        world.control({ command: weather.kind, ...(weather.book ? { symbol: SYMBOL } : {}) });
        break;
      case 'restart':
        this.#cut(weather.arrives);
        this.world = world.restart({ settings: SETTINGS });
        this.sessions.push(this.world);
        this.#seen = 0;
        break;
    }
  }

  /** Only reports about orders overtake each other; a list keeps its place. */
  #overtaking(skip: number): number {
    const later = this.#inbox.slice(0, skip + 1);
    const moves = new Set(['order.report', 'execution', 'commission', 'order.error']);
    return later.every(({ type }) => moves.has(type)) ? Math.max(0, later.length - 1) : 0;
  }

  /** What was on its way arrives or not; what was not heard is never heard. */
  #cut(arrives: boolean): void {
    if (arrives) while (this.#wire.length > 0) this.#carry('silent');
    this.#wire = [];
    this.#inbox = [];
    this.#linked = false;
  }

  #carry(answer: 'well' | 'silent' | 'refuse' | 'lose'): void {
    const command = this.#wire.shift();
    if (command === undefined || answer === 'lose') return;
    const { venue } = this.world;
    const before = this.#inbox.length;
    switch (command.type) {
      case 'read':
        this.#tell({ type: 'read.done', readId: command.readId, read: venue.read() });
        break;
      case 'order.submit':
        if (answer === 'refuse') this.#error(command.order.orderRef, 201);
        else venue.place(command.order);
        assert(venue.live.length <= 1, 'invariant 1: two orders live');
        this.#tellOrders();
        break;
      case 'order.modify':
        if (answer === 'refuse') this.#error(command.order.orderRef, 110);
        else venue.modify(command.order);
        this.#tellOrders();
        break;
      case 'order.cancel':
        this.#cancel(command.orderRef, answer === 'refuse');
        break;
      default:
        break;
    }
    if (answer === 'silent') this.#inbox.length = before;
  }

  #cancel(orderRef: string, refuse: boolean): void {
    const order = this.world.venue.orders.get(orderRef);
    if (order === undefined) this.#error(orderRef, 10147);
    else if (refuse) this.#error(orderRef, 161);
    else if (order.status === 'Filled' || order.status === 'Cancelled') {
      this.#error(orderRef, 10148);
    } else {
      order.status = 'Cancelled';
      this.#tell({ type: 'order.report', order: this.world.venue.report(orderRef) });
      this.#error(orderRef, 202);
    }
  }

  #fillSome({ part, twice }: Extract<Weather, { kind: 'fill' }>): void {
    for (const { order, filled } of this.world.venue.live) {
      const rest = order.quantity - filled;
      this.#fill(order.orderRef, Math.max(1, Math.round(rest * part)), twice);
    }
  }

  #fill(orderRef: string, quantity: number, twice = false): void {
    const { venue, at } = this.world;
    const execution = venue.fill(orderRef, quantity, at.trading);
    const commission = venue.commissions.at(-1);
    assert(commission);
    for (let n = 0; n < (twice ? 2 : 1); n += 1) this.#tell({ type: 'execution', execution });
    this.#tell({ type: 'commission', commission });
    this.#tell({ type: 'order.report', order: venue.report(orderRef) });
    const held = { account: ACCOUNT, contract: SHARES, quantity: venue.shares, avgCost: 450 };
    this.#tell({ type: 'position', position: held });
  }

  /** Nothing is told to nobody. */
  #tell(report: BrokerReport): void {
    if (this.#linked) this.#inbox.push(report);
  }

  #tellOrders(): void {
    for (const { order } of this.world.venue.live) {
      this.#tell({ type: 'order.report', order: this.world.venue.report(order.orderRef) });
    }
  }

  #error(orderRef: string, code: number): void {
    const orderId = this.world.venue.orders.get(orderRef)?.orderId ?? 0;
    this.#tell({ type: 'order.error', orderRef, orderId, code, message: '' });
  }

  /** What left goes on its way; every turn since the last look is judged. */
  #look(): void {
    const { world } = this;
    for (const command of world.take(ACTORS.broker) as BrokerCommand[]) this.#leave(command);
    for (const record of world.records.slice(this.#seen)) this.#judge(record);
    this.#seen = world.records.length;
    const { trading, hedge, context, view } = world.book;
    this.reached.add(trading).add(hedge);
    const open = world.durable().books[`${SYMBOL}@${ACCOUNT}`]?.openIntents.length ?? 0;
    assert(open <= 1, `invariant 8: ${open} intents open`);
    if (trading === 'HEDGING') assert.equal(open, 1, 'invariant 8: HEDGING without an intent');
    if (context.intent !== null && hedge !== 'PLAN') assert.equal(open, 1);
    assert(Math.abs(view.stock_position) <= 2000, 'invariant 7');
  }

  #leave(command: BrokerCommand): void {
    if (command.type === 'link.open') {
      this.#linked = true;
      const up = { clientId: 1, serverVersion: 178, accounts: [ACCOUNT] };
      this.#tell({ type: 'link.up', ...up });
    } else if (command.type === 'link.close') {
      this.#cut(false);
    } else if (command.type === 'contract.find') {
      this.world.terms();
    } else if (this.#linked) {
      this.#wire.push(command);
    } else if (command.type === 'read') {
      this.world.report({
        type: 'read.failed',
        readId: command.readId,
        reason: 'not connected',
      });
    }
  }

  #judge(record: JournalRecord): void {
    for (const fact of record.facts) {
      if (fact.fact !== 'execution') continue;
      const { execId } = fact.execution;
      assert(!this.#executions.has(execId), `invariant 3: ${execId} is booked twice`);
      this.#executions.add(execId);
    }
    const sends = record.effects.some(
      (effect) =>
        effect.kind === 'send' && (effect.message as BrokerCommand).type === 'order.submit',
    );
    if (!sends) return;
    assert.match(record.digest, new RegExp(bookId(SYMBOL)));
    const { daemon, book } = this.world;
    assert(['running', 'degraded'].includes(daemon), `invariant 2: sent while ${daemon}`);
    assert(!book.view.suspended, 'invariant 2: sent while suspended');
  }
}
