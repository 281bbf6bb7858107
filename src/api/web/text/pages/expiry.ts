/** What the next expiry brings. */

import { textsOf } from '../language.ts';
import type { Widened } from '../widened.ts';

const expiryEn = {
  title: 'Next expiry',
  on: (day: string, days: string) => `${day} · ${days} d`,
  today: (day: string) => `${day}, today`,
  leg: 'Leg',
  distance: 'Spot from strike',
  shares: 'Shares, if in the money',
  unit: 'shares',
  ending: 'As the price stands',
  ends: {
    exercised: 'is exercised',
    assigned: 'is assigned',
    worthless: 'ends worthless',
    either: 'too near to say: close it, or take what comes',
  },
  owned: 'Ours now',
  after: 'After delivery',
  says:
    'Holders may instruct their broker otherwise until 17:30 New York; what was delivered shows ' +
    'in the account the next morning, and is booked as exercise or assignment.',
};

const expiryZh: Widened<typeof expiryEn> = {
  title: '最近到期',
  on: (day, days) => `${day} · ${days} 天`,
  today: (day) => `${day}，今日`,
  leg: '期权腿',
  distance: '标的价距行权价',
  shares: '若为价内，股份变动',
  unit: '股',
  ending: '按当前价格',
  ends: {
    exercised: '将被行权',
    assigned: '将被指派',
    worthless: '到期作废',
    either: '过于接近，无法断定：请平仓，或接受结果',
  },
  owned: '现归属账簿',
  after: '交割之后',
  says:
    '持有人可在纽约时间 17:30 前另行指示其券商；交割结果次日早晨显示在账户中，' +
    '并记为行权或被指派。',
};

export const expiryTexts = textsOf(expiryEn, expiryZh);
