import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'vitest';
import { LeaseFence, type LeaseTerm } from '../../src/engine/lease-fence.ts';
import { ACTORS } from '../../src/protocol/decision.ts';
import type { Fact } from '../../src/protocol/facts.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

const SUBMIT = { type: 'order.submit', order: { orderRef: 'x:1:1' } };
const MODIFY = { type: 'order.modify', order: { orderRef: 'x:1:1' } };
const CANCEL = { type: 'order.cancel', orderRef: 'x:1:1' };
const OPEN = { type: 'link.open', target: {} };
const ANSWER = {
  type: 'control.answer',
  requestId: 3,
  result: { ok: true, status: 200, message: 'suspended' },
};
const FACT = { fact: 'suspended' } as unknown as Fact;

class Term implements LeaseTerm {
  readonly epoch = 1;
  readonly predecessor = null;
  isHeld = true;
  appended = 0;
  committed = 0;
  held(): boolean {
    return this.isHeld;
  }
  append(_sequence: number, facts: readonly Fact[]): void {
    this.appended += facts.length;
  }
}

let clock: VirtualClock;
let term: Term;
let fence: LeaseFence;
let sent: unknown[];
let reported: { readonly orderRef: string; readonly code: number }[];

beforeEach(() => {
  clock = new VirtualClock();
  term = new Term();
  sent = [];
  reported = [];
  fence = new LeaseFence(term, {
    send: (_, message) => sent.push(message),
    report: (report) => {
      assert(report.type === 'order.error');
      reported.push({ orderRef: report.orderRef, code: report.code });
    },
    mono: clock,
  });
});

/** A turn with facts that sends this. */
function turn(message: { readonly type: string }, facts: readonly Fact[] = [FACT]): void {
  const to = message.type === 'control.answer' ? ACTORS.control : ACTORS.broker;
  fence.deliver(to, message);
  fence.turnDone(1, facts);
}

const commit = (): void => {
  term.committed = term.appended;
  fence.release();
};

describe('an order or an answer', () => {
  it.each([SUBMIT, MODIFY, ANSWER])('$type leaves when its facts are committed', (message) => {
    turn(message);
    assert.deepEqual(sent, []);
    commit();
    assert.deepEqual(sent, [message]);
    commit();
    assert.equal(sent.length, 1);
  });

  it('leaves at once where nothing waits to be committed', () => {
    turn(SUBMIT, []);
    assert.deepEqual(sent, [SUBMIT]);
  });

  it('waits for the facts of earlier turns too', () => {
    turn(CANCEL);
    turn(SUBMIT, []);
    assert.deepEqual(sent, [CANCEL]);
    commit();
    assert.deepEqual(sent, [CANCEL, SUBMIT]);
  });

  it('does not leave in the turn that names it, before its facts are known', () => {
    fence.deliver(ACTORS.broker, SUBMIT);
    fence.release();
    assert.deepEqual(sent, []);
  });
});

describe('a lease that is over at the very moment', () => {
  it('keeps an order back, though all is committed, and says that it was not sent', () => {
    turn(SUBMIT);
    term.isHeld = false;
    commit();
    assert.deepEqual(sent, []);
    assert.deepEqual(reported, [{ orderRef: 'x:1:1', code: 504 }]);
  });

  it('keeps a connection back', () => {
    term.isHeld = false;
    turn(OPEN);
    assert.deepEqual(sent, []);
  });

  it('says of a command that it may be lost', () => {
    turn(ANSWER);
    term.isHeld = false;
    fence.refuseAll();
    const [answer] = sent as (typeof ANSWER)[];
    assert.equal(answer?.result.ok, false);
    assert.equal(answer?.result.status, 503);
    assert.match(answer?.result.message ?? '', /^suspended, but it may be lost/);
  });

  it('lets a cancel pass', () => {
    term.isHeld = false;
    turn(CANCEL);
    assert.deepEqual(sent, [CANCEL]);
  });
});

describe('a cancel', () => {
  it('takes back an order that has not left, and is answered as the broker would', () => {
    turn(SUBMIT);
    turn(CANCEL, []);
    commit();
    assert.deepEqual(sent, []);
    assert.deepEqual(reported, [{ orderRef: 'x:1:1', code: 202 }]);
  });

  it('follows an order that is out, whose modification falls away', () => {
    turn(MODIFY);
    turn(CANCEL, []);
    commit();
    assert.deepEqual(sent, [CANCEL]);
    assert.deepEqual(reported, []);
  });
});

describe('a database that is away', () => {
  it('keeps an order for less than the shortest wait for its acknowledgement', () => {
    turn(SUBMIT);
    clock.advanceBy(799);
    assert.deepEqual(reported, []);
    clock.advanceBy(1);
    assert.deepEqual(reported, [{ orderRef: 'x:1:1', code: 504 }]);
    commit();
    assert.deepEqual(sent, [], 'it does not leave later either');
  });

  it('keeps an answer for five seconds', () => {
    turn(ANSWER);
    clock.advanceBy(4999);
    assert.deepEqual(sent, []);
    clock.advanceBy(1);
    assert.equal((sent as (typeof ANSWER)[])[0]?.result.status, 503);
  });
});

it('lets nothing go once it is closed', () => {
  turn(SUBMIT);
  fence.close();
  commit();
  clock.advanceBy(60_000);
  assert.deepEqual([sent, reported], [[], []]);
});
