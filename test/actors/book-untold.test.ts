import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { ExecutionReport } from '../../src/protocol/broker.ts';
import type { DurableState } from '../../src/protocol/durable.ts';
import type { World } from '../support/world.ts';
import {
  fill,
  healing,
  latches,
  restarted,
  sent,
  settled,
  tell,
  verifyReplays,
  working,
} from './support/hedged-book.ts';

verifyReplays();

const adopt = (w: World, shares: number) => w.control({ command: 'adopt', symbol: 'SPY', shares });
const resume = (w: World) =>
  w.control({ command: 'manual_resume', symbol: 'SPY', reason: 'as the trade log shows' });
const alert = (w: World) => w.book.view.alerts.find(({ id }) => id === 'executions_missing');
const adjustments = (w: World) => w.facts('adjustment').map(({ kind, shares }) => [kind, shares]);

/** The broker calls 112 shares filled and tells no execution; all attempts to ask are spent. */
function untold(): { w: World; execution: ExecutionReport } {
  const w = working();
  const execution = fill(w, 112, true);
  w.venue.executions = [];
  tell(w);
  healing(w, 420);
  assert.deepEqual([w.states, latches(w)], ['SAFE FAIL', ['exec_fault true']]);
  return { w, execution };
}

describe('an order whose executions never come', () => {
  it('is told with what to do, once the broker was asked in vain', () => {
    const w = working();
    fill(w, 112, true);
    w.venue.executions = [];
    tell(w);
    healing(w, 20);
    assert.equal(alert(w), undefined);
    healing(w, 30);
    assert.match(alert(w)?.text ?? '', /112 shares of demo:j:\d+ were filled.* executions of 0/);
    assert.match(alert(w)?.text ?? '', /"bifrost adopt SPY -112"/);
  });

  it('cannot be settled by hand while the broker is still being asked', () => {
    const w = working();
    fill(w, 112, true);
    w.venue.executions = [];
    tell(w);
    healing(w, 60);
    const { status, message } = adopt(w, -112);
    assert.equal(status, 409);
    assert.match(message, /an order of ours is under way|still being asked/);
  });

  it('is settled by adopt, recorded, and hedging goes on after manual-resume', () => {
    const { w } = untold();
    assert.equal(adopt(w, -112).ok, true);
    assert.deepEqual([w.book.hedge, w.book.view.stock_position], ['EXEC_IDLE', -112]);
    assert.deepEqual(adjustments(w), [['adopt', -112]]);
    assert.deepEqual(w.durable().books['SPY@DU1']?.openIntents, []);
    assert.equal(w.facts('intent').at(-1)?.outcome, 'settled_by_hand');
    assert.equal(resume(w).ok, true);
    healing(w, 10);
    assert.deepEqual([w.book.trading, alert(w)], ['NO_TRADE', undefined]);
    assert.equal(w.venue.orders.size, 1);
  });

  it('that an older journal settled in part is read as that version meant it', () => {
    const w = working();
    const first = fill(w, 40);
    const second = fill(w, 72, true);
    w.venue.executions = [first];
    tell(w);
    healing(w, 420);
    assert.equal(adopt(w, -72).ok, true);
    assert.deepEqual([w.book.view.stock_position, resume(w).ok], [-112, true]);
    // That version wrote down no more than what is untold still.
    const older = JSON.parse(JSON.stringify(w.durable())) as DurableState;
    const memory = older.books['SPY@DU1']?.memory;
    assert(memory);
    const settledByHand = memory.settledByHand.map(({ toldBefore: _, ...rest }) => rest);
    Object.assign(memory, { settledByHand });
    const next = settled(restarted(w, { durable: older }), 112);
    healing(next, 8);
    assert.deepEqual([next.book.view.stock_position, latches(next)], [-112, []]);
    next.venue.executions = [first, second];
    next.report({ type: 'execution', execution: second });
    healing(next, 8);
    assert.deepEqual([next.book.view.stock_position, latches(next)], [-112, []]);
    assert.deepEqual(adjustments(next), [['adopt', 72]]);
  });

  it('takes no more shares than the order can have brought, and not the other side', () => {
    const { w } = untold();
    assert.deepEqual([adopt(w, -113).status, adopt(w, 5).status], [409, 409]);
    assert.match(adopt(w, -113).message, /can have brought -112 shares more at most/);
    assert.deepEqual(adjustments(w), []);
  });

  it('gives way share by share to executions that are told after all', () => {
    const { w, execution } = untold();
    adopt(w, -112);
    resume(w);
    healing(w, 10);
    w.venue.executions = [execution];
    w.report({ type: 'execution', execution });
    healing(w, 10);
    assert.equal(w.book.view.stock_position, -112);
    assert.deepEqual(adjustments(w), [
      ['adopt', -112],
      ['adopt', 112],
    ]);
    assert.deepEqual(latches(w), ['exec_fault true', 'exec_fault false']);
    w.report({ type: 'execution', execution });
    assert.equal(w.book.view.stock_position, -112);
  });

  it('does so over a restart too, and the two are one ledger', () => {
    const { w: before, execution } = untold();
    adopt(before, -112);
    resume(before);
    before.venue.executions = [execution];
    const w = settled(restarted(before));
    healing(w, 10);
    assert.deepEqual([w.book.view.stock_position, latches(w)], [-112, []]);
    assert.equal(w.book.trading, 'NO_TRADE');
    const again = settled(restarted(w));
    healing(again, 10);
    assert.equal(again.book.view.stock_position, -112);
  });

  it('gives way to a correction too, whatever was told before it', () => {
    const { w, execution } = untold();
    adopt(w, -112);
    resume(w);
    healing(w, 10);
    const told = (quantity: number, revision: number, base = execution.execBase) => {
      const execId = `${base}.0${revision}`;
      const one = { ...execution, execBase: base, execId, revision, quantity };
      w.report({ type: 'execution', execution: one });
      return one;
    };
    told(40, 1);
    const first = told(30, 2);
    // The trade log had shown the corrected trade, and the rest of the order beside it.
    assert.equal(w.book.view.stock_position, -112);
    const second = told(82, 1, 'other');
    w.venue.executions = [first, second];
    healing(w, 10);
    assert.equal(w.book.view.stock_position, -112);
    assert.deepEqual(adjustments(w), [
      ['adopt', -112],
      ['adopt', 40],
      ['adopt', -10],
      ['adopt', 82],
    ]);
    // All of it is told: another correction is one of the executions alone.
    const third = told(80, 2, 'other');
    w.venue.executions = [first, third];
    assert.equal(w.book.view.stock_position, -110);
  });

  it('is not settled twice: what was settled counts as filled, whoever tells of it again', () => {
    const { w } = untold();
    assert.equal(adopt(w, -112).ok, true);
    resume(w);
    healing(w, 10);
    // The broker calls it alive after all, and then filled: an order that is told as a stray one.
    tell(w, 'Submitted');
    healing(w, 1);
    tell(w, 'Filled');
    healing(w, 420);
    assert.deepEqual([w.states, latches(w).length], ['NO_TRADE EXEC_IDLE', 2]);
    assert.match(adopt(w, -112).message, /cannot be adopted: 0 of the account are not ours/);
    assert.deepEqual([adjustments(w), w.venue.orders.size], [[['adopt', -112]], 1]);
  });

  it('settled in part leaves the rest to the comparison, and gives back what it took', () => {
    const { w, execution } = untold();
    assert.equal(adopt(w, -40).ok, true);
    healing(w, 10);
    assert.deepEqual([w.book.view.stock_position, latches(w).at(-1)], [-40, 'position_break true']);
    assert.equal(adopt(w, -72).ok, true);
    assert.equal(resume(w).ok, true);
    healing(w, 10);
    assert.deepEqual([w.book.view.stock_position, w.book.trading], [-112, 'NO_TRADE']);
    w.venue.executions = [execution];
    w.report({ type: 'execution', execution });
    healing(w, 10);
    // The second adoption named no order: only a person can say that it was this one.
    assert.deepEqual([w.book.view.stock_position, w.book.trading], [-184, 'SAFE']);
    assert.equal(latches(w).at(-1), 'position_break true');
    assert.equal(adopt(w, 72).ok, true);
    assert.equal(resume(w).ok, true);
    healing(w, 10);
    assert.deepEqual([w.book.view.stock_position, w.book.trading], [-112, 'NO_TRADE']);
  });

  it('that the broker still calls alive is not settled by anybody', () => {
    const w = sent();
    const ref = [...w.venue.orders.keys()].at(-1) ?? '';
    w.venue.orders.delete(ref);
    for (let round = 0; round < 12; round += 1) w.advance(60_000);
    assert.deepEqual(latches(w), ['exec_fault true']);
    const { status, message } = adopt(w, -112);
    assert.deepEqual([status, message], [409, 'SPY: an order of ours is under way']);
  });
});
