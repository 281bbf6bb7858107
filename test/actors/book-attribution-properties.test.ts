import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { optionContract, SECOND } from '../support/book.ts';
import { ACCOUNT } from '../support/venue.ts';
import type { Market, World } from '../support/world.ts';
import { fill, healing, tellPosition, verifyReplays, watching } from './support/hedged-book.ts';

verifyReplays();

function market(spot: number, option: number, delta = 0): Market {
  return { bid: spot - 0.01, ask: spot + 0.01, option, delta };
}

type Step =
  | { readonly kind: 'quote'; readonly seconds: number; readonly market: Market }
  | { readonly kind: 'fill'; readonly part: number; readonly paid: boolean }
  | { readonly kind: 'trade' | 'exercise'; readonly contracts: number; readonly price: number };

const price = (least: number, most: number) => fc.double({ min: least, max: most, noNaN: true });

const quotes = fc
  .record({
    spot: price(440, 460),
    option: price(5, 15),
    delta: fc.integer({ min: -300, max: 300 }),
    told: fc.boolean(),
  })
  .map(({ spot, option, delta, told }) => ({
    ...market(spot, option, delta),
    optionClose: told ? 10 : Number.NaN,
  }));

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: quoteStep() },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('fill' as const),
        part: price(0.1, 1),
        paid: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constantFrom('trade' as const, 'exercise' as const),
        contracts: fc.integer({ min: -40, max: -1 }),
        price: price(5, 15),
      }),
    },
  ),
  { minLength: 3, maxLength: 12 },
);

function quoteStep() {
  return fc.record({
    kind: fc.constant('quote' as const),
    seconds: fc.integer({ min: 1, max: 150 }),
    market: quotes,
  });
}

/** What the account has gained since the close, told by nobody but the venue. USD. */
class Truth {
  exercised = 0;
  commissions = 0;
  readonly #w: World;

  constructor(w: World) {
    this.#w = w;
  }

  pnl(spot: number, option: number): number {
    const { venue } = this.#w;
    let cash = this.exercised - this.commissions;
    for (const { contract, side, quantity, price: paid } of venue.executions) {
      const size = quantity * (contract.secType === 'OPT' ? 100 : 1);
      cash -= (side === 'BUY' ? size : -size) * paid;
    }
    // 100 contracts, which closed at 10, and no shares.
    return cash + venue.shares * spot + (venue.contracts * option - 100 * 10) * 100;
  }

  take(step: Step): void {
    const w = this.#w;
    if (step.kind === 'quote') {
      w.advance(step.seconds * SECOND);
      w.evaluate(step.market);
      w.pump();
    } else if (step.kind === 'fill') {
      this.#fill(step.part, step.paid);
    } else {
      this.#shrink(step);
    }
  }

  #fill(part: number, paid: boolean): void {
    const w = this.#w;
    const order = w.venue.live.at(-1);
    if (order === undefined) return;
    const rest = order.order.quantity - order.filled;
    const { execId } = fill(w, Math.ceil(rest * part));
    if (!paid) return;
    const commission = { execId, commission: 1, currency: 'USD', realizedPnl: null };
    w.report({ type: 'commission', commission });
    this.commissions += 1;
  }

  /** Contracts go, for cash or for shares at the strike. */
  #shrink(step: Extract<Step, { readonly price: number }>): void {
    const w = this.#w;
    const contracts = Math.max(step.contracts, 1 - w.venue.contracts);
    if (contracts === 0 || w.venue.live.length > 0) return;
    w.venue.contracts += contracts;
    if (step.kind === 'trade') {
      w.venue.tradeOption(contracts, step.price, w.at.trading);
    } else {
      w.venue.foreign -= contracts * 100;
      this.exercised += contracts * 100 * 450;
    }
    const contract = optionContract();
    const quantity = w.venue.contracts;
    w.report({
      type: 'position',
      position: { account: ACCOUNT, contract, quantity, avgCost: 1000 },
    });
    tellPosition(w);
  }
}

describe('the attribution of a book', () => {
  it('adds up to what the account has made, whatever happens and whatever is not told', () => {
    const loose = { gates: { guard: { risk: { max_daily_loss_usd: 1e9 } } } };
    fc.assert(
      fc.property(steps, (all) => {
        const w = watching({ settings: loose });
        const truth = new Truth(w);
        for (const step of all) truth.take(step);
        // The broker tells what it has not told yet.
        healing(w, 12, 0);
        w.evaluate(market(447, 9));
        truth.commissions = w.facts('commission').length;
        const { attribution } = w.book.view;
        assert(attribution !== null);
        const { total, interval } = attribution;
        assertNear(total, truth.pnl(447, 9));
        const { costs: _, from_ts: __, total: open, ...terms } = interval;
        assertNear(
          Object.values(terms).reduce((sum, usd) => sum + usd, 0),
          open,
        );
        const closed = w.facts('attribution').reduce((sum, { split }) => sum + split.total, 0);
        assertNear(closed + open, total);
      }),
      { numRuns: 40 },
    );
  });
});

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);
}
