/** What is asked of an operator alone: that a book may go on, and whose shares are whose. */

import { textsOf } from '../language.ts';
import type { Widened } from '../widened.ts';

const byHandEn = {
  resume: 'Resume by hand',
  resumeSays: 'Clears what latched the book, where it no longer holds.',
  reason: 'Reason, for the record',
  allowance: 'How much more may be lost today, USD',
  allowanceHint: 'The loss limit of the day was reached. From here on this much is the limit.',
  adopt: 'Adopt shares',
  adoptSays:
    'Makes shares of the account this book’s own, at the price of now. Use it where the account ' +
    'holds shares whose order nobody knows, or where shares of ours were closed by hand.',
  shares: 'Shares',
  sharesHint: 'Whole shares: + were bought, − were sold. 0: those that are there are not ours.',
  title: 'Shares of the account',
  says: 'Only shares of our own are counted into net delta, and traded.',
  account: 'In the account',
  ours: 'Ours',
  others: 'Of others',
  unit: 'shares',
};

const byHandZh: Widened<typeof byHandEn> = {
  resume: '手动恢复',
  resumeSays: '解除账簿的锁定，前提是原因已不存在。',
  reason: '原因（将被记录）',
  allowance: '今日还可再亏多少，美元',
  allowanceHint: '当日亏损限额已触发。此后以此金额为限。',
  adopt: '认领股份',
  adoptSays: '将账户中的股份按现价归入此账簿。适用于来历不明的持股，或我方持股已被手动平掉的情形。',
  shares: '股数',
  sharesHint: '整数股：+ 为买入，− 为卖出。0：现有的都不归属账簿。',
  title: '账户中的股份',
  says: '只有归属账簿的股份计入净 Delta 并参与交易。',
  account: '账户共有',
  ours: '归属账簿',
  others: '他方持有',
  unit: '股',
};

export const byHandTexts = textsOf(byHandEn, byHandZh);
