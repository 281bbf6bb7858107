/** What the page of the logs says, in both languages. */

import { textsOf } from '../language.ts';
import type { Widened } from '../widened.ts';

export const logsEn = {
  title: 'Log of the daemon',
  level: 'From level',
  search: 'Search in text and detail',
  thread: 'Thread',
  book: 'Book',
  every: 'every',
  pause: 'Pause',
  resume: 'Follow again',
  waiting: (count: string) => `${count} new lines wait`,
  following: 'Follows what is logged',
  paused: 'Paused: new lines wait',
  none: 'No line is like that.',
  reading: 'Reading the log',
  failed: 'The log cannot be read now.',
  older: 'Older lines',
  time: 'Time',
  text: 'Line',
  source: 'From',
  detail: 'Detail',
  count: (count: string) => `${count} lines`,
};

export const logsZh: Widened<typeof logsEn> = {
  title: '守护进程日志',
  level: '最低级别',
  search: '搜索文本与详情',
  thread: '线程',
  book: '账簿',
  every: '全部',
  pause: '暂停',
  resume: '继续跟随',
  waiting: (count) => `${count} 行新日志等待显示`,
  following: '正在跟随新日志',
  paused: '已暂停：新日志等待显示',
  none: '没有符合条件的日志。',
  reading: '正在读取日志',
  failed: '现在无法读取日志。',
  older: '更早的日志',
  time: '时间',
  text: '内容',
  source: '来源',
  detail: '详情',
  count: (count) => `${count} 行`,
};

export const logsTexts = textsOf(logsEn, logsZh);
