import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import {
  durableKey,
  NO_MEMORY,
  NOTHING_DURABLE,
  withOrderTime,
} from '../../src/protocol/durable.ts';
import { foldFacts } from '../../src/protocol/durable-fold.ts';
import type { Fact } from '../../src/protocol/facts.ts';
import { SAMPLES } from '../support/facts.ts';

const SECOND = 1000;
const AT = SAMPLES.operation.tradingTs;

function operation(type: 'order_sent' | 'modify' | 'fill', afterS: number): Fact {
  return { ...SAMPLES.operation, type, tradingTs: AT + afterS * SECOND };
}

function memoryAfter(facts: readonly Fact[]) {
  const state = foldFacts(NOTHING_DURABLE, facts);
  const { symbol, account } = SAMPLES.operation;
  return state.books[durableKey(symbol, account)]?.memory ?? null;
}

describe('what the gates remember over a restart', () => {
  it('takes the times of orders from the operations that sent and changed them', () => {
    const facts = [operation('order_sent', 0), operation('fill', 1), operation('modify', 5)];
    const expected = { ...NO_MEMORY, orderTimes: [AT, AT + 5 * SECOND] };
    assert.deepEqual(memoryAfter(facts), expected);
  });

  it('keeps those times when the rest of the memory changes', () => {
    const memory = memoryAfter([operation('order_sent', 0), SAMPLES.hedgeMemory]);
    assert.deepEqual(memory, { ...SAMPLES.hedgeMemory.memory, orderTimes: [AT] });
  });

  it('forgets an order after a minute', () => {
    assert.deepEqual(withOrderTime([AT, AT + 1], AT + 60 * SECOND), [AT + 1, AT + 60 * SECOND]);
    assert.deepEqual(withOrderTime([AT], AT + 61 * SECOND), [AT + 61 * SECOND]);
  });
});
