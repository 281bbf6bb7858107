import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { Venue } from '../support/venue.ts';
import type { World } from '../support/world.ts';
import {
  fill,
  LOST,
  latches,
  restarted,
  sent,
  verifyReplays,
  watching,
  working,
} from './support/hedged-book.ts';
import { hedged, LAZY, MUTE, PROMPT, serve, serving, tradeByHand } from './support/serving.ts';

verifyReplays();

const FLATTEN = { command: 'flatten' } as const;

const alerts = (w: World) =>
  w
    .facts('operation')
    .filter(({ type }) => type === 'alert')
    .map(({ stateReason }) => stateReason)
    .join('\n');
const owned = (w: World) => w.book.view.stock_position;
const audit = (w: World) =>
  w.facts('control').map(({ command, ok, message }) => `${command} ${ok} ${message}`);
const sides = (w: World) =>
  [...w.venue.orders.values()].map(
    ({ order }) => `${order.purpose} ${order.side} ${order.quantity}`,
  );

describe('flatten', () => {
  it('closes what is ours, ends suspended, and is written down', () => {
    const w = hedged();
    const { ok, status, detail } = w.control(FLATTEN);
    assert.deepEqual([ok, status, w.daemon], [true, 202, 'flattening']);
    assert.deepEqual(
      [detail?.['side'], detail?.['quantity'], detail?.['owned'], detail?.['blocked']],
      ['BUY', 112, -112, null],
    );
    serving(w, 6);
    assert.deepEqual([owned(w), w.daemon], [0, 'running_suspended']);
    assert.deepEqual(sides(w), ['hedge SELL 112', 'flatten BUY 112']);
    assert.match(audit(w).at(-1) ?? '', /^flatten true SPY: BUY 112 shares at 450\.\d+ USD/);
    const controls = w.facts('operation').filter(({ type }) => type === 'control');
    assert.match(controls.at(-1)?.stateReason ?? '', /^flatten ended with 0 shares left/);
    serving(w, 60);
    assert.equal(w.venue.orders.size, 2, 'suspended: nothing is hedged any more');
  });

  it('closes no more than the account has where somebody may have closed part of ours', () => {
    const w = hedged();
    tradeByHand(w, 60);
    serving(w, 12);
    assert.deepEqual([owned(w), w.venue.shares], [-112, -52]);
    assert.deepEqual(latches(w), ['position_break true']);
    const { detail } = w.control(FLATTEN);
    assert.deepEqual([detail?.['quantity'], detail?.['needs_adopt']], [52, -60]);
    serving(w, 40);
    assert.deepEqual([owned(w), w.venue.shares], [-60, 0]);
    assert.match(alerts(w), /flatten ended with -60 shares left: needs_adopt/);
  });

  it('reckons with its own fill where the position follows later', () => {
    // Others bought 60 before any of ours were sold: known, and on the other side.
    const venue = new Venue();
    venue.foreign = 60;
    const w = watching({ venue });
    w.control({ command: 'adopt', symbol: 'SPY', shares: 0 });
    serving(w, 20);
    assert.deepEqual([owned(w), w.book.view.foreign_shares, w.venue.shares], [-112, 60, -52]);
    w.control(FLATTEN);
    // No position is told from here on; the reads tell it, when they are asked for.
    serving(w, 40, { ...PROMPT, positions: false });
    assert.deepEqual([owned(w), w.venue.shares], [-8, 52]);
    assert.match(alerts(w), /flatten ended with -8 shares left: needs_adopt/);
  });

  it('shows with dry_run what it would do, and does nothing', () => {
    const w = hedged();
    const { ok, status, detail } = w.control({ ...FLATTEN, dry_run: true });
    assert.deepEqual([ok, status, w.daemon], [true, 200, 'running']);
    const shown = detail as { limit_price: number; notional_usd: number; cost_usd: number };
    assert.equal(shown.notional_usd, 112 * shown.limit_price);
    assert.ok(Math.abs(shown.cost_usd - 112 * (shown.limit_price - 450)) < 1e-6);
    assert.match(audit(w).at(-1) ?? '', /^flatten true dry run: /);
    serving(w, 10);
    assert.deepEqual([owned(w), w.venue.orders.size], [-112, 1]);
  });

  it('sends no order larger than the limit of one order', () => {
    const limits = { gates: { intent: { hedge: { max_hedge_shares_per_order: 40 } } } };
    const w = watching({ settings: limits });
    serving(w, 10);
    assert.equal(owned(w), -112);
    const { detail } = w.control(FLATTEN);
    assert.deepEqual([detail?.['quantity'], detail?.['orders']], [112, 3]);
    serving(w, 30);
    assert.equal(owned(w), 0);
    assert.deepEqual(sides(w).slice(3), ['flatten BUY 40', 'flatten BUY 40', 'flatten BUY 32']);
  });

  it('reprices what does not fill, and reports at its deadline what is left', () => {
    const w = hedged();
    w.control(FLATTEN);
    serving(w, 66, { ...LAZY, fills: 4 });
    assert.equal(w.daemon, 'running_suspended');
    const left = owned(w);
    assert.ok(left < 0 && left > -112, `${left} shares are left`);
    assert.match(alerts(w), new RegExp(`flatten ended with ${left} shares left: its time is over`));
    assert.ok(w.operations().includes('modify'));
    serving(w, 10);
    assert.equal(w.venue.live.length, 0);
    assert.equal(owned(w), left);
  });

  it('touches no share that is not ours', () => {
    const w = hedged();
    tradeByHand(w, -500);
    serving(w, 12);
    w.control(FLATTEN);
    serving(w, 8);
    assert.deepEqual([owned(w), w.venue.foreign, w.venue.shares], [0, -500, -500]);
  });

  it('keeps back what would open a position, and says that it needs an adopt', () => {
    const w = hedged();
    // Somebody closed ours by hand: by the ledger they are ours, in the account they are gone.
    tradeByHand(w, 112);
    serving(w, 20);
    assert.equal(w.venue.shares, 0);
    const { detail } = w.control(FLATTEN);
    assert.deepEqual([detail?.['quantity'], detail?.['needs_adopt']], [0, -112]);
    serving(w, 5);
    assert.deepEqual([w.venue.orders.size, w.daemon], [1, 'running_suspended']);
    assert.match(alerts(w), /flatten ended with -112 shares left: needs_adopt: -112 shares/);
    assert.equal(w.control({ command: 'adopt', symbol: 'SPY', shares: 112 }).ok, true);
    assert.equal(owned(w), 0);
  });

  it('without a broker suspends, answers 409, and is never made up for', () => {
    const w = hedged();
    w.report(LOST);
    const { ok, status } = w.control(FLATTEN);
    assert.deepEqual([ok, status], [false, 409]);
    w.control({ command: 'retry_ib' });
    w.sync();
    serving(w, 20);
    assert.deepEqual([w.daemon, owned(w), w.venue.orders.size], ['running_suspended', -112, 1]);
  });

  it('ends suspended when the broker is lost, and is not taken up again', () => {
    const w = hedged();
    w.control(FLATTEN);
    serve(w, LAZY);
    assert.equal(w.venue.live.length, 1);
    w.report(LOST);
    assert.match(alerts(w), /flatten ended with -112 shares left: the broker is lost/);
    w.control({ command: 'retry_ib' });
    w.sync();
    serving(w, 20);
    assert.deepEqual([w.daemon, owned(w), w.venue.live.length], ['running_suspended', -112, 0]);
  });

  it('first takes the hedge off the market that is being worked', () => {
    const w = working();
    fill(w, 30);
    w.control(FLATTEN);
    assert.ok(serve(w).includes('order.cancel'));
    serving(w, 12);
    assert.deepEqual([owned(w), w.venue.live.length], [0, 0]);
    assert.deepEqual(sides(w), ['hedge SELL 112', 'flatten BUY 30']);
  });

  it.each([
    ['while suspended', (w: World) => w.control({ command: 'suspend' })],
    [
      'with a latched cause',
      (w: World) => {
        const execution = { ...w.venue.fill([...w.venue.orders.keys()][0] ?? '', 0, w.at.trading) };
        w.report({
          type: 'execution',
          execution: { ...execution, execId: 'x.1.01', execBase: 'x.1', orderRef: 'demo:other:1' },
        });
        serving(w, 2);
        assert.equal(w.book.trading, 'SAFE');
      },
    ],
    [
      'with shares and no legs',
      (w: World) => {
        w.venue.contracts = 0;
        const gone = { ...positionOfOption(w), quantity: 0 };
        w.report({ type: 'position', position: gone });
        serving(w, 2);
        assert.equal(w.book.trading, 'SAFE');
      },
    ],
  ])('works %s', (_, bring) => {
    const w = hedged();
    bring(w);
    w.control(FLATTEN);
    serving(w, 20);
    assert.deepEqual([owned(w), w.venue.live.length, w.daemon], [0, 0, 'running_suspended']);
  });

  it('asks the broker again about an order whose fate was not found out', () => {
    const w = sent();
    serving(w, 400, MUTE);
    assert.deepEqual([w.book.hedge, w.book.trading], ['FAIL', 'SAFE']);
    w.venue.fill([...w.venue.orders.keys()][0] ?? '', 40, w.at.trading);
    w.control(FLATTEN);
    serving(w, 30);
    assert.deepEqual([owned(w), w.venue.live.length, w.venue.shares], [0, 0, 0]);
  });

  it('waits while no order may go, says for what, and goes on when it may', () => {
    const w = hedged();
    w.evaluate({ bid: Number.NaN });
    const { detail } = w.control(FLATTEN);
    assert.match(String(detail?.['blocked']), /^no_quote/);
    serve(w);
    assert.equal(w.venue.orders.size, 1);
    serving(w, 5);
    assert.equal(owned(w), 0);
  });

  it('is called off by suspend, and refuses resume while it runs', () => {
    const w = hedged();
    w.control(FLATTEN);
    assert.equal(w.control({ command: 'resume' }).status, 409);
    assert.equal(w.control({ command: 'resume', symbol: 'SPY' }).status, 409);
    w.control({ command: 'suspend' });
    assert.equal(w.daemon, 'running_suspended');
    serving(w, 20, LAZY);
    assert.deepEqual([owned(w), w.venue.live.length], [-112, 0]);
  });

  it('is held after a restart in its middle: suspended, and nothing is left alive', () => {
    const before = hedged();
    before.control(FLATTEN);
    serve(before, LAZY);
    const w = restarted(before);
    w.sync();
    w.marketUp();
    serving(w, 20);
    assert.deepEqual([w.daemon, owned(w), w.venue.live.length], ['running_suspended', -112, 0]);
  });

  it('of a book that is not there is refused, and suspends nothing', () => {
    const w = hedged();
    assert.equal(w.control({ ...FLATTEN, symbol: 'QQQ' }).status, 404);
    assert.equal(w.daemon, 'running');
  });

  it('with nothing that is ours ends at once', () => {
    const w = watching();
    assert.equal(w.control(FLATTEN).status, 202);
    assert.deepEqual([w.daemon, w.venue.orders.size], ['running_suspended', 0]);
  });

  it('does not wait for a fill that is told twice', () => {
    const w = hedged();
    w.control(FLATTEN);
    serve(w, PROMPT);
    const execution = w.venue.executions.at(-1);
    assert.ok(execution);
    w.report({ type: 'execution', execution });
    serving(w, 4);
    assert.deepEqual([owned(w), w.venue.shares], [0, 0]);
  });
});

function positionOfOption(w: World) {
  w.venue.contracts = 100;
  const found = w.venue.read().positions.find(({ contract }) => contract.secType === 'OPT');
  assert.ok(found);
  w.venue.contracts = 0;
  return found;
}
