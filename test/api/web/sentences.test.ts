import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { alertInChinese, whyInChinese } from '../../../src/api/web/text/sentences.ts';
import { BOOK_ALERTS } from '../../../src/domain/alert-names.ts';
import { explain } from '../../../src/domain/assessment.ts';
import { at, type BookPatch, bookInput, NOW } from '../../support/book.ts';
import { GATE_CASES } from '../../support/gate-cases.ts';

const chineseOf = (patch: BookPatch): string =>
  whyInChinese({ why_of: explain(bookInput(patch)).why }, NOW);

describe('the sentence of a book in Chinese', () => {
  it('has the numbers of the English one', () => {
    const inBand = '净 Delta −4.2 位于不交易带 ±10 之内';
    assert.equal(chineseOf({ optionDelta: -4.2 }), inBand);
    const below = '净 Delta +12.4 在不交易带之外，但未到对冲阈值 ±25';
    assert.equal(chineseOf({ optionDelta: 12.44 }), below);
    assert.match(
      chineseOf({ optionDelta: 30 }),
      /^卖出 \d+ 股：净 Delta \+30 已达到或超过对冲阈值/,
    );
    assert.equal(chineseOf({ legs: [] }), '账簿中没有期权腿');
  });

  it('names the gate that is closed, and when time opens it', () => {
    const before = whyInChinese(
      {
        why_of: {
          ...{ code: 'closed', shares: -30, gate: 'cooldown', value: 1, limit: 5, unit: 's' },
          opens_at: at('10:30'),
        },
      },
      NOW,
    );
    assert.match(before, /^本应卖出 30 股，但 cooldown（.+）要到纽约时间 10:30:00 才打开$/);
  });

  it('leaves no gate and no cause without Chinese words', () => {
    const patches = Object.values(GATE_CASES).flatMap(({ closed }) => closed);
    assert.ok(patches.length > 40);
    for (const said of patches.map(chineseOf)) {
      assert.match(said, /\p{Script=Han}/u);
      assert.doesNotMatch(said, /undefined|NaN|null|（[a-z_]+）/, said);
    }
  });

  it('tells what stands against a short sale', () => {
    const why_of = { code: 'empty' } as const;
    const short_sale = { kind: 'few', shares: 30, available: 7 } as const;
    const said = whyInChinese({ why_of, short_sale }, NOW);
    assert.equal(said, '账簿中没有期权腿；not_shortable：将卖空 30 股，只能借到 7 股');
  });
});

const VALUES = {
  ...{ delta: '+30.2', reasons: 'cooldown, no_quote', limit: 100, shares: 12, kind: 'few' },
  ...{ available: 7, orderRef: 'r1', reported: 10, filled: 4, missing: 6, symbol: 'NVDA' },
  ...{ message: 'no permission', options: '−2 NVDA', mode: 'warn', dates: '2026-01-02' },
  ...{ spot: '120', since: '10:00:00', account: 'DU1', free: '8 %', state: 'low' },
  ...{ reason: 'why', epoch: 3, predecessor: 'host 7', clientId: 9, age: '9 s', daemon: 'host' },
};
const OTHERS = [
  ...['margin_cushion', 'order_left_live', 'disk_space', 'recorder_failed', 'replay_differs'],
  ...['lease', 'frozen_leader', 'config_refused', 'database_unreachable', 'view_missing'],
  ...['view_old', 'standby'],
];

describe('an alarm in Chinese', () => {
  it.each([...Object.keys(BOOK_ALERTS), ...OTHERS])('is a sentence: %s', (id) => {
    const said = alertInChinese({ id, values: VALUES }) ?? '';
    assert.match(said, /\p{Script=Han}/u);
    assert.doesNotMatch(said, /undefined|（[a-z_]+）/);
  });

  it('stays English where the page does not know it', () => {
    assert.equal(alertInChinese({ id: 'of_a_newer_daemon', values: {} }), null);
  });
});
