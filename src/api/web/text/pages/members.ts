/** What the page of a book says of the options that are its legs or are not, in both languages. */

import { textsOf } from '../language.ts';
import type { Widened } from '../widened.ts';
import type { Words } from '../words.ts';

export const membersEn = {
  title: 'Options of the account',
  says: 'Which of them are legs of this book, and why the others are not.',
  read: 'List them',
  readAgain: 'List them again',
  option: 'Option',
  quantity: 'Contracts',
  member: 'In the book',
  leg: 'yes, a leg',
  word: 'Your word',
  none: 'The account holds no option of this underlying.',
  failed: 'They cannot be listed now.',
  confirm: 'Take in',
  confirmNamed: (option: string) => `Take in ${option}`,
  confirmSays: 'From now on this book hedges it, whatever its days to expiry and its strike.',
  exclude: 'Leave out',
  excludeNamed: (option: string) => `Leave out ${option}`,
  excludeSays: 'From now on this book does not hedge it; its delta remains in the account.',
};

export const membersZh: Widened<typeof membersEn> = {
  title: '账户中的期权',
  says: '哪些是此账簿的腿，其余为何不是。',
  read: '列出',
  readAgain: '重新列出',
  option: '期权',
  quantity: '张数',
  member: '是否在账簿中',
  leg: '是，期权腿',
  word: '您的决定',
  none: '账户未持有此标的的期权。',
  failed: '当前无法列出。',
  confirm: '纳入',
  confirmNamed: (option) => `纳入 ${option}`,
  confirmSays: '此后账簿对其进行对冲，不论其到期天数与行权价。',
  exclude: '排除',
  excludeNamed: (option) => `排除 ${option}`,
  excludeSays: '此后账簿不再对其进行对冲；其 Delta 仍留在账户中。',
};

export const membersTexts = textsOf(membersEn, membersZh);

/** Why an option is no leg. */
export const OUTSIDER_WORDS: Readonly<Record<string, Words>> = {
  excluded: ['no, left out by hand', '否，已手动排除'],
  dte_below_min: ['no, too few days to expiry', '否，到期天数过少'],
  dte_above_max: ['no, too many days to expiry', '否，到期天数过多'],
  outside_atm_band: ['no, too far from the money', '否，距平值过远'],
  spot_unknown: ['not yet, the spot is not known', '尚未，标的价未知'],
  awaits_confirmation: ['waits for your word', '等待您确认'],
  expired: ['no, it has expired', '否，已到期'],
  adjusted_deliverable: ['no, its deliverable was adjusted', '否，交割物已调整'],
  book_full: ['no, the book is full', '否，账簿已满'],
};
