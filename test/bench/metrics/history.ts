/**
 * What a start takes for each execution that its journal tells: folding the facts, settling the old
 * ones, booking the ledger, and hearing the broker tell all of them again. Beside it the same with
 * a twentieth of the history: what grows faster than the history shows in the ratio.
 */

import assert from 'node:assert/strict';
import { bookExecution } from '../../../src/domain/ledger.ts';
import { durableBook, fillOf, NOTHING_DURABLE } from '../../../src/protocol/durable.ts';
import { foldFacts } from '../../../src/protocol/durable-fold.ts';
import { durableLedger, settleDurable } from '../../../src/protocol/durable-ledger.ts';
import type { Fact } from '../../../src/protocol/facts.ts';
import { SAMPLES } from '../../support/facts.ts';
import { atMost, type Bench, type Benchmark, type Metric } from '../harness/benchmark.ts';
import { paired } from '../harness/paired.ts';

/** As many as a boot record keeps, nearly. */
const MANY = 20_000;
const FEW = 1000;

export const history: Benchmark = {
  name: 'history',
  about: 'a start from a journal of 20,000 executions, µs for each',
  run,
};

async function run(bench: Bench): Promise<readonly Metric[]> {
  const [many, few] = [factsOf(MANY), factsOf(FEW)];
  const metric = await paired(bench, {
    ...{ name: 'history', as: 'latency', goal: atMost(3) },
    ours: () => start(many),
    baseline: () => start(few),
    baselineName: 'µs each of 1,000',
  });
  return [metric];
}

/** All that a start does with the facts; how many executions they were. */
function start(facts: readonly Fact[]): number {
  const durable = settleDurable(foldFacts(NOTHING_DURABLE, facts));
  const { contract, account } = SAMPLES.execution.execution;
  const known = durableBook(durable, contract.symbol, account);
  assert(known !== null);
  const ledger = durableLedger(known);
  let executions = 0;
  for (const fact of facts) {
    if (fact.fact !== 'execution') continue;
    assert.equal(bookExecution(ledger, fillOf(fact.execution)).outcome, 'duplicate');
    executions += 1;
  }
  return executions;
}

/** Orders that were opened, sent, filled at once, paid for and ended: one each second. */
function factsOf(executions: number): readonly Fact[] {
  const { intent, operation, execution, commission } = SAMPLES;
  return Array.from({ length: executions }, (_, number): readonly Fact[] => {
    const orderRef = `bench:0123456789:${number}`;
    const execBase = `0001f4e5.${String(number).padStart(8, '0')}.01`;
    const id = { execBase, execId: `${execBase}.01`, revision: 1, orderRef };
    const ts = execution.execution.ts + number * 1000;
    return [
      { ...intent, orderRef, outcome: null },
      { ...operation, type: 'order_sent', orderRef, tradingTs: ts },
      { ...execution, execution: { ...execution.execution, ...id, ts } },
      { ...commission, commission: { ...commission.commission, execId: id.execId } },
      { ...intent, orderRef, outcome: 'filled' },
    ];
  }).flat();
}
