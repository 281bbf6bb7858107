/** What the page of the accounts says beside the sections of each, in both languages. */

import { textsOf } from '../language.ts';
import type { Widened } from '../widened.ts';

export const accountsEn = {
  signs: 'A short position is negative, a gain positive. Prices and P&L are as of the last quote.',
  gain: 'Unrealised P&L of all positions',
  unpriced: (count: string) => `${count} positions have no price and are left out`,
  usd: 'USD',
  positions: 'Positions',
  options: 'Option contracts, net',
  sharesHeld: 'Shares, net',
  all: 'All accounts',
};

export const accountsZh: Widened<typeof accountsEn> = {
  signs: '空头持仓为负，盈利为正。价格与盈亏以最近报价计。',
  gain: '全部持仓的未实现盈亏',
  unpriced: (count) => `${count} 项持仓没有价格，未计入`,
  usd: '美元',
  positions: '持仓项数',
  options: '期权合约（净）',
  sharesHeld: '股数（净）',
  all: '全部账户',
};

export const accountsTexts = textsOf(accountsEn, accountsZh);
