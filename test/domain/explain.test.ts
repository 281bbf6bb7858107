import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { explain } from '../../src/domain/assessment.ts';
import { GATES } from '../../src/domain/gates.ts';
import { whyText } from '../../src/domain/why.ts';
import { at, type BookPatch, bookInput, heldLeg, NOW } from '../support/book.ts';
import { engine, GATE_CASES, lastHedge, spread } from '../support/gate-cases.ts';

const ids = GATES.map(({ id }) => id);

describe('explain', () => {
  it('shows every gate in order, with the numbers at hand', () => {
    const { gates, assessment } = explain(bookInput(lastHedge(59_999, 400)));
    assert.deepEqual(
      gates.map(({ gate }) => gate),
      ids,
    );
    assert.deepEqual(
      gates.filter(({ pass }) => !pass).map(({ gate }) => gate),
      assessment.blocked,
    );
    assert.deepEqual(
      gates.find(({ gate }) => gate === 'cooldown'),
      {
        group: 'intent',
        gate: 'cooldown',
        pass: false,
        value: 60,
        limit: 60,
        unit: 's',
        opensAt: NOW + 1,
      },
    );
  });

  it('names the time at which a gate opens, and it is open then', () => {
    for (const id of ids) {
      for (const patch of GATE_CASES[id].closed) {
        const input = bookInput(patch);
        const opensAt = explain(input).gates.find(({ gate }) => gate === id)?.opensAt ?? null;
        if (opensAt === null) continue;
        assert.ok(opensAt > input.now, id);
        const then = explain({ ...input, now: opensAt }).gates.find(({ gate }) => gate === id);
        assert.equal(then?.pass, true, id);
      }
    }
  });

  it('has a time for every gate that time alone opens', () => {
    const timed = ids.filter((id) =>
      GATE_CASES[id].closed.some((patch) =>
        explain(bookInput(patch)).gates.some(
          ({ gate, opensAt }) => gate === id && opensAt !== null,
        ),
      ),
    );
    assert.deepEqual(timed, [
      'outside_rth',
      'holiday',
      'open_delay',
      'close_cut',
      'leg_settling',
      'cooldown',
      'max_daily_hedge_count',
      'max_daily_hedge_cost',
      'order_rate',
      'account_order_rate',
    ]);
  });

  it('shows numbers and texts, never NaN', () => {
    const bare: BookPatch[] = [{ quotes: null }, { legs: [] }, { quotes: { legs: [] } }];
    for (const patch of bare) {
      for (const { gate, value, limit } of explain(bookInput(patch)).gates) {
        assert.ok(!Number.isNaN(value) && !Number.isNaN(limit), gate);
      }
    }
  });

  it('says of a side without a price that there is none', () => {
    const { gates } = explain(bookInput({ quotes: { ask: Number.NaN } }));
    const noQuote = gates.find(({ gate }) => gate === 'no_quote');
    assert.match(String(noQuote?.value), /^[\d.]+ × none$/);
  });

  it('says in one sentence why it does not hedge', () => {
    const why = (patch: BookPatch): string => {
      const input = bookInput(patch);
      return whyText(explain(input).why, input.now);
    };
    assert.equal(why({ optionDelta: -4.2 }), 'net delta −4.2 is inside the band ±10');
    assert.equal(
      why({ optionDelta: 12.44 }),
      'net delta +12.4 is outside the band, but below the threshold ±25',
    );
    assert.equal(why({}), 'sells 112 shares: net delta +112 is at or beyond the threshold ±25');
    assert.equal(
      why({ optionDelta: -620 }),
      'buys 500 shares: net delta −620 is at or beyond the limit ±500',
    );
    assert.equal(
      why(lastHedge(20_000, 400)),
      'would sell 112 shares, but cooldown opens at 10:30:40 New York',
    );
    assert.equal(
      why({ now: at('17:00') }),
      'would sell 112 shares, but outside_rth opens at 2023-08-04 09:30:00 New York',
    );
    assert.equal(
      why(engine({ suspended: true })),
      'would sell 112 shares, but suspended: hedging is suspended by the operator',
    );
    assert.equal(
      why(spread(1.13)),
      'would sell 112 shares, but spread_extreme: the spread is extreme ' +
        '(0.5022 against 0.5 % of mid)',
    );
    assert.equal(why({ legs: [] }), 'the book has no option legs');
    assert.equal(
      why({ latched: ['position_break'] }),
      "does not hedge: position_break, the account's shares are not explained",
    );
    assert.equal(
      why({ legs: [heldLeg({ joinedAt: NOW })], quotes: { legs: [] } }),
      'net delta is not known: no greeks of SPY 2023-09-01 450 C (no_quote)',
    );
  });
});
