/** What the daemon writes in English is read in Chinese, whoever of its parts has written it. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { saidInChinese } from '../../../src/api/web/text/said.ts';
import { ROOT } from '../../support/program.ts';
import { sentencesOf } from '../../support/spoken.ts';

describe('what the daemon says', () => {
  it.each([
    ['target -99', '目标 -99 股'],
    ['execution', '成交'],
    ['this code is unknown, used or older than an hour', '此代码未知、已使用或已超过一小时'],
    [
      'net_delta: net delta is beyond the limit that alarms: +120 shares, the limit is ±100',
      'net_delta（净 Delta 超过告警限额）：+120 股，限额 ±100 股',
    ],
    ['cancel asked: not filled in its working time', '已请求撤单：在挂单时间内未成交'],
    ['NVDA: BUY 34 shares at 177.48 USD', 'NVDA：买入 34 股，价格 177.48 美元'],
    [
      'NVDA: SELL 5 shares at 1.5 USD, waits for data_stale: 9000 ms old',
      'NVDA：卖出 5 股，价格 1.5 美元，须等待：data_stale（标的行情静默）：已有 9000 毫秒',
    ],
    [
      'NVDA: no hedge now: in_band, cooldown',
      'NVDA：现在不对冲：in_band（位于不交易带内）、cooldown（距上次对冲过近）',
    ],
    ['suspend by page: suspended: no new hedge until resume', '网页：暂停：已暂停：恢复前不再对冲'],
    [
      'exec_fault: the fate of an order could not be found out',
      'exec_fault（订单结局不明（锁定））：无法查明某个订单的结局',
    ],
    [
      'reject: 201 Order rejected - reason: no margin',
      '被拒：券商答复 201：“Order rejected - reason: no margin”',
    ],
    ['NVDA: 5 shares are ours; SPY: 0 shares are ours', 'NVDA：5 股归属账簿；SPY：0 股归属账簿'],
    ['reject: the spread is extreme: 0.7 % of mid', '被拒：极端价差：0.7 % of mid'],
  ])('%s', (english, chinese) => {
    assert.equal(saidInChinese(english), chinese);
  });

  it('stays English where nobody has translated it', () => {
    assert.equal(saidInChinese('a sentence that no part of it writes'), null);
  });
});

/** Parts whose sentences a person reads: reasons of operations, answers, alerts, refusals. */
const SPEAKERS = [
  'actors/book',
  'actors/daemon',
  'actors/daemon.ts',
  'src/domain/alerts.ts',
  'src/domain/positions.ts',
  'src/domain/risk.ts',
  'src/domain/short-sale.ts',
  'src/api/access.ts',
  'src/engine/controls.ts',
  'src/engine/lease-fence.ts',
  'src/engine/past.ts',
  'src/ha/control-intake.ts',
  'src/cli/host.ts',
  'src/domain/gate-values.ts',
  'src/domain/order-test.ts',
  'src/gateway/ib/connection.ts',
  'src/gateway/ib/contract-finder.ts',
  'src/gateway/ib/order-desk.ts',
  'machines/daemon.ts',
  'machines/hedge.ts',
];

describe('every sentence', () => {
  it.each(SPEAKERS)('of %s has its Chinese', (path) => {
    const untold = filesOf(path).flatMap((file) =>
      sentencesOf(readFileSync(file, 'utf8')).filter((sentence) => isEnglish(sentence)),
    );
    expect(untold).toEqual([]);
  });
});

/** Pieces of sentences that are said whole elsewhere, and what no page shows. */
const PIECES = new Set([
  'own X7, by differences X7',
  'order id',
  // With its reason behind a colon, and without one.
  'X7 closed the connectionX7',
  'X7 closed the connection before it was readyX7',
]);

function filesOf(path: string): readonly string[] {
  if (path.endsWith('.ts')) return [join(ROOT, path)];
  return readdirSync(join(ROOT, path)).map((name) => join(ROOT, path, name));
}

/** It has no Chinese, or three English words in a row are left in it. */
function isEnglish(sentence: string): boolean {
  if (PIECES.has(sentence)) return false;
  // A joint that only links what stands before it and behind is no sentence.
  const whole = /^[,;:]/.test(sentence) ? `X7${sentence}` : sentence;
  return /[a-z]{2,} [a-z]+ [a-z]/.test(saidInChinese(whole) ?? `${sentence} in plain english`);
}
