import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { BOOK_ALERTS } from '../../src/domain/alert-names.ts';
import { LEG_CHECKS } from '../../src/domain/book-quotes.ts';
import { optionContract, SECOND, type SettingsPatch } from '../support/book.ts';
import { ACCOUNT, SHARES } from '../support/venue.ts';
import type { World } from '../support/world.ts';
import {
  fill,
  healing,
  orderOf,
  refuse,
  restarted,
  sent,
  settled,
  tell,
  verifyReplays,
  watching,
  working,
  world,
} from './support/hedged-book.ts';

verifyReplays();

const HOUR = 3600 * SECOND;
const alerts = (w: World) => w.book.view.alerts.map(({ id }) => id);
const rows = (w: World) =>
  w
    .facts('operation')
    .filter(({ type }) => type === 'alert')
    .map(({ stateReason }) => stateReason.split(/[: ]/, 1)[0]);
const seen = new Set<string>();
const holds = (w: World, id: keyof typeof BOOK_ALERTS): boolean => {
  seen.add(id);
  return alerts(w).includes(id);
};
const steps = (w: World, seconds: number, delta: number, more: object = {}): void => {
  for (let second = 0; second < seconds; second += 1) {
    w.advance(SECOND);
    w.evaluate({ delta, ...more });
  }
};
const wide = { bid: 448, ask: 452 };

describe('a short sale of shares that are hard to borrow', () => {
  const scarce = { borrow: { shortable: 1, shortableShares: 0 } };

  it('alerts once, before the order, which goes out all the same, and clears with its fill', () => {
    const w = watching();
    w.evaluate({ delta: 112, ...scarce });
    assert.equal(holds(w, 'not_shortable'), true);
    const kinds = w.operations().filter((type) => type === 'alert' || type === 'hedge_intent');
    assert.deepEqual(kinds, ['alert', 'hedge_intent']);
    w.pump();
    assert.equal(w.venue.live.length, 1);
    steps(w, 3, 112, scarce);
    fill(w, 112);
    steps(w, 3, 112, scarce);
    assert.equal(holds(w, 'not_shortable'), false);
    assert.deepEqual(rows(w), ['not_shortable', 'not_shortable']);
  });

  it('is named by explain, with what can be borrowed', () => {
    const w = watching();
    w.control({ command: 'suspend' });
    w.evaluate({ delta: 112, borrow: { shortable: 2, shortableShares: 40 } });
    const text = /not_shortable: 112 shares would be sold short, 40 can be borrowed/;
    assert.match(w.explain().why, text);
    w.evaluate({ delta: 112, borrow: { shortable: 2 } });
    assert.match(w.explain().why, /they must be located first/);
    w.evaluate({ delta: 112, borrow: { shortable: 3, shortableShares: 112 } });
    assert.doesNotMatch(w.explain().why, /not_shortable/);
  });

  it('is none where the account is long the shares, or buys, or nothing is known', () => {
    const long = watching();
    long.venue.foreign = 112;
    const position = { account: ACCOUNT, contract: SHARES, quantity: 112, avgCost: 450 };
    long.report({ type: 'position', position });
    long.evaluate({ delta: 112, ...scarce });
    assert.equal(holds(long, 'not_shortable'), false);
    for (const market of [{ delta: -112, ...scarce }, { delta: 20, ...scarce }, { delta: 112 }]) {
      const w = watching();
      w.evaluate(market);
      assert.equal(holds(w, 'not_shortable'), false);
    }
  });
});

describe('a read-only API', () => {
  const message = "Error validating request.-'bW' : cause - The API is in Read-Only mode.";
  const refuseReadOnly = (w: World): void => {
    const orderRef = orderOf(w);
    const { orderId } = w.venue.get(orderRef);
    w.venue.get(orderRef).status = 'Cancelled';
    w.report({ type: 'order.error', orderRef, orderId, code: 321, message });
  };

  it('is named at the first refusal, and no other order is tried until a person resumes', () => {
    const w = sent();
    refuseReadOnly(w);
    assert.equal(holds(w, 'read_only_api'), true);
    const [latch] = w.facts('latch');
    assert.equal(latch?.cause, 'exec_fault');
    assert.match(latch?.reason ?? '', /^read_only_api: .*switch off "Read-Only API"/);
    healing(w, 30);
    assert.deepEqual([w.book.trading, w.venue.orders.size], ['SAFE', 1]);
    const next = restarted(w);
    settled(next);
    healing(next, 5);
    assert.equal(alerts(next).includes('read_only_api'), true);
    assert.equal(next.venue.orders.size, 1);
    const asked = { command: 'manual_resume', symbol: 'SPY', reason: 'switched off' } as const;
    assert.equal(next.control(asked).ok, true);
    healing(next, 10);
    assert.equal(alerts(next).includes('read_only_api'), false);
    assert.equal(next.venue.orders.size, 2);
    const told = rows(next).filter((id) => id === 'read_only_api');
    assert.equal(told.length, 2);
  });

  it('is not what other invalid requests are taken for', () => {
    const w = sent();
    refuse(w, 321);
    assert.equal(holds(w, 'read_only_api'), false);
    assert.deepEqual(w.facts('latch'), []);
  });
});

describe('exposure that is not hedged', () => {
  it('alerts after a minute where a hedge is needed, once, and clears with it', () => {
    const w = watching();
    w.evaluate({ delta: 112, ...wide });
    steps(w, 59, 112, wide);
    assert.equal(holds(w, 'unhedged_exposure'), false);
    steps(w, 2, 112, wide);
    assert.equal(holds(w, 'unhedged_exposure'), true);
    steps(w, 30, 112, wide);
    steps(w, 1, 0);
    assert.equal(holds(w, 'unhedged_exposure'), false);
    assert.deepEqual(rows(w), ['unhedged_exposure', 'unhedged_exposure']);
  });

  it('alerts after ten seconds where a hedge is forced', () => {
    const w = watching();
    const crossed = { bid: 451, ask: 450 };
    w.evaluate({ delta: 700, ...crossed });
    steps(w, 9, 700, crossed);
    assert.equal(holds(w, 'unhedged_exposure'), false);
    steps(w, 2, 700, crossed);
    assert.equal(holds(w, 'unhedged_exposure'), true);
  });

  it('is none while an order works, or the market is closed', () => {
    const w = working();
    steps(w, 3, 112);
    assert.deepEqual(alerts(w), []);
    const closed = watching({ mono: 1000 + 6 * HOUR });
    closed.evaluate({ delta: 112 });
    steps(closed, 90, 112);
    assert.equal(holds(closed, 'unhedged_exposure'), false);
  });

  it('is found by time alone, though no tick comes', () => {
    const w = watching();
    w.evaluate({ delta: 112, ...wide });
    w.advance(61 * SECOND);
    assert.equal(holds(w, 'unhedged_exposure'), true);
  });
});

describe('net delta and earnings', () => {
  it('alert beyond the limit that was set for it', () => {
    const settings: SettingsPatch = {
      gates: { guard: { risk: { max_net_delta_shares: 100 } } },
    };
    const w = watching({ settings });
    w.evaluate({ delta: 100, ...wide });
    assert.equal(holds(w, 'net_delta'), false);
    steps(w, 2, 101, wide);
    assert.equal(holds(w, 'net_delta'), true);
  });

  it('alert around the dates that are named', () => {
    const w = watching({
      settings: { gates: { strategy: { earnings: { dates: ['2023-08-04'] } } } },
    });
    assert.equal(holds(w, 'earnings'), true);
  });
});

describe('an option outside the book', () => {
  it('alerts by its delta, and when it waits to be confirmed', () => {
    const structure = { exclude: [2001] };
    const w = watching({ settings: { gates: { strategy: { structure } } } });
    steps(w, 2, 24);
    assert.equal(holds(w, 'outside_delta'), false);
    steps(w, 2, 25);
    assert.equal(holds(w, 'outside_delta'), true);
    const confirm = watching({
      settings: { gates: { strategy: { structure: { membership: 'confirm' } } } },
    });
    assert.equal(holds(confirm, 'membership'), true);
    const legs = { command: 'legs', symbol: 'SPY', confirm: 2001 } as const;
    assert.equal(confirm.control(legs).ok, true);
    steps(confirm, 2, 0);
    assert.equal(holds(confirm, 'membership'), false);
  });
});

describe('the end of an option', () => {
  const expiring = (mono: number, patch: SettingsPatch = {}): World => {
    const contract = optionContract({ expiry: '20230803', ...patch });
    const w = world({
      mono,
      settings: { gates: { strategy: { structure: { min_dte: 0 } } }, ...patch },
    });
    w.venue.contracts = 0;
    w.venue.others = [{ contract, quantity: 100 }];
    w.sync();
    w.marketUp();
    w.evaluate({ delta: 0 });
    return w;
  };

  it('alerts on its last day, and where spot may end on either side of the strike', () => {
    const w = expiring(1000);
    assert.equal(holds(w, 'expiry_today'), true);
    assert.equal(holds(w, 'pin_risk'), true);
    steps(w, 2, 0, { bid: 452.99, ask: 453.01 });
    assert.equal(holds(w, 'pin_risk'), false);
    assert.equal(holds(w, 'expiry_today'), true);
  });

  it('asks for a decision from the close until half past five', () => {
    const w = expiring(1000 + 5.4 * HOUR);
    assert.equal(holds(w, 'exercise_decision'), false);
    w.advance(0.2 * HOUR);
    assert.equal(holds(w, 'exercise_decision'), true);
    assert.equal(holds(w, 'expiry_today'), false);
    w.advance(1.5 * HOUR);
    assert.equal(holds(w, 'exercise_decision'), false);
  });

  it('of a written call may come before a dividend', () => {
    const settings = { greeks: { dividends: [{ ex_date: '2023-08-04', amount: 1.5 }] } };
    const w = watching({ settings });
    w.venue.contracts = -100;
    const contract = optionContract();
    const position = { account: ACCOUNT, contract, quantity: -100, avgCost: 10 };
    w.report({ type: 'position', position });
    steps(w, 2, 0, { bid: 459.99, ask: 460.01, option: 12 });
    assert.equal(holds(w, 'dividend_assignment'), false);
    steps(w, 2, 0, { bid: 459.99, ask: 460.01, option: 11.4 });
    assert.equal(holds(w, 'dividend_assignment'), true);
  });

  it('leaves hedge shares that belong to nothing', () => {
    const w = sent();
    fill(w, 112);
    healing(w, 8);
    w.venue.contracts = 0;
    const position = { account: ACCOUNT, contract: optionContract(), quantity: 0, avgCost: 0 };
    w.report({ type: 'position', position });
    healing(w, 12);
    assert.equal(holds(w, 'orphan_shares'), true);
  });
});

describe('the cushion of the account', () => {
  const report = (w: World, excess: number) =>
    w.report({
      type: 'account',
      account: {
        account: ACCOUNT,
        values: { ExcessLiquidity: String(excess), NetLiquidation: '1000' },
      },
    });

  it('alerts below a tenth of its value, and clears well above it', () => {
    const w = watching();
    report(w, 100);
    assert.equal(w.data.alerts.size, 0);
    for (const excess of [99.9, 50, 110]) report(w, excess);
    assert.deepEqual(
      [...w.data.alerts.values()].map(({ id }) => id),
      ['margin_cushion'],
    );
    report(w, 120);
    assert.equal(w.data.alerts.size, 0);
    assert.deepEqual(rows(w), ['margin_cushion', 'margin_cushion']);
  });
});

describe('a P&L of the day that is not known', () => {
  const unknown = { optionClose: Number.NaN };

  it('alerts once after a minute, hedging going on, and clears once', () => {
    const w = watching();
    steps(w, 59, 0, unknown);
    assert.equal(holds(w, 'pnl_unknown'), false);
    const gate = () => w.explain().gates.find(({ gate: id }) => id === 'daily_loss_limit');
    assert.deepEqual([gate()?.value, gate()?.pass], ['unknown', true]);
    steps(w, 4, 0, unknown);
    assert.equal(holds(w, 'pnl_unknown'), true);
    assert.equal(w.book.view.daily_pnl, null);
    assert.deepEqual([gate()?.value, gate()?.pass], ['0.00, counted since 10:31:02', true]);
    steps(w, 2, 112, unknown);
    assert.equal(w.pump().filter(({ type }) => type === 'order.submit').length, 1);
    steps(w, 2, 0);
    assert.equal(holds(w, 'pnl_unknown'), false);
    assert.deepEqual(rows(w), ['pnl_unknown', 'pnl_unknown']);
  });

  it('begins its minute anew when it was known between', () => {
    const w = watching();
    steps(w, 40, 0, unknown);
    steps(w, 3, 0);
    steps(w, 40, 0, unknown);
    assert.deepEqual(rows(w), []);
  });
});

describe('deltas that disagree', () => {
  it('alert with every number of theirs, degrade the status, and hedging goes on', () => {
    const w = watching();
    const check = LEG_CHECKS.indexOf('disputed');
    const leg = { modelDelta: 0.1, differenceDelta: 0.1001, ibDelta: 0.31, check };
    steps(w, 2, 112, { leg });
    assert.equal(holds(w, 'greeks_disputed'), true);
    const [alert] = w.book.view.alerts.filter(({ id }) => id === 'greeks_disputed');
    assert.match(alert?.text ?? '', /own 0\.1000, by differences 0\.1001, IB 0\.3100/);
    assert.equal(w.book.view.legs[0]?.delta_check, 'disputed');
    assert.equal(w.explain().legs[0]?.ib_delta, 0.31);
    assert.equal(w.pump().filter(({ type }) => type === 'order.submit').length, 1);
    steps(w, 1, 0);
    assert.deepEqual(rows(w), ['greeks_disputed', 'greeks_disputed']);
  });
});

describe('a broker that was asked whether it takes orders', () => {
  it('alerts while it refuses, and while it has not answered', () => {
    const answers = [
      ['orders_refused', { outcome: 'refused', code: 203, message: 'not allowed' }],
      ['orders_untested', null],
    ] as const;
    for (const [id, answer] of answers) {
      const w = world();
      w.orderTest = answer;
      settled(w, 0);
      steps(w, 6, 0);
      assert.equal(holds(w, id), true);
      w.orderTest = { outcome: 'taken', code: 0, message: '' };
      w.control({ command: 'retry_ib' });
      steps(w, 1, 0);
      assert.equal(holds(w, id), false);
    }
  });
});

describe('an order that is called filled without executions', () => {
  it('alerts once it was asked for in vain, until it is settled', () => {
    const w = working();
    fill(w, 112, true);
    w.venue.executions = [];
    tell(w);
    healing(w, 420);
    assert.equal(holds(w, 'executions_missing'), true);
    w.control({ command: 'adopt', symbol: 'SPY', shares: -112 });
    steps(w, 2, 112);
    assert.equal(holds(w, 'executions_missing'), false);
  });
});

describe('every alert of a book', () => {
  it('was looked for above', () => {
    const missing = Object.keys(BOOK_ALERTS).filter((id) => !seen.has(id));
    assert.deepEqual(missing, []);
  });
});
