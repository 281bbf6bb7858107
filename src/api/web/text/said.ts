/**
 * What the daemon says in a sentence, in Chinese. Whatever stands in a hole of a sentence is said
 * as well, down to what are names and numbers. The words of the broker are quoted as they are.
 */

import { BOOK_ALERTS } from '../../../domain/alert-names.ts';
import { GATES, TICKET_FAULTS } from '../../../domain/gates.ts';
import { DETAIL_PHRASES } from './detail-phrases.ts';
import { PHRASES } from './phrases.ts';
import { REASON_WORDS } from './words.ts';

/** `null`: nobody has said it in Chinese. */
export function saidInChinese(text: string): string | null {
  if (known.has(text)) return known.get(text) ?? null;
  const chinese = say(text, DEPTH_MAX);
  // Rows repeat themselves, and there are never many that do not.
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(text, chinese);
  return chinese;
}

const known = new Map<string, string | null>();
const KNOWN_MAX = 1000;
/** A sentence of a sentence of a sentence: the deepest that is written has four. */
const DEPTH_MAX = 6;

type Way = (text: string, depth: number) => string | null;

function say(text: string, depth: number): string | null {
  if (depth === 0) return null;
  for (const way of WAYS) {
    const chinese = way(text, depth);
    if (chinese !== null) return chinese;
  }
  return null;
}

/** What is not said in Chinese stays as it is: a name, a number, a word of the broker. */
function orAsItIs(text: string, depth: number): string {
  return say(text, depth - 1) ?? text;
}

/** In this order; each knows whether the sentence is of its kind. */
const WAYS: readonly Way[] = [
  ofBook,
  byPhrase,
  ofCommand,
  asMeaning,
  asNames,
  asReason,
  fromBroker,
  inParts,
];

/** `NVDA: …` */
function ofBook(text: string, depth: number): string | null {
  const [, symbol, rest] = /^([A-Z][A-Z0-9.]*): (.+)$/s.exec(text) ?? [];
  const said = rest === undefined ? null : say(rest, depth - 1);
  return said === null ? null : `${symbol}：${said}`;
}

interface Form {
  readonly pattern: RegExp;
  readonly holes: readonly string[];
  readonly chinese: string;
}

let forms: readonly Form[] | null = null;

function byPhrase(text: string, depth: number): string | null {
  forms ??= [...PHRASES, ...DETAIL_PHRASES].map(([english, chinese]) => formOf(english, chinese));
  for (const { pattern, holes, chinese } of forms) {
    const found = pattern.exec(text);
    if (found === null) continue;
    const [, ...values] = found;
    return chinese.replaceAll(/\{(\w+)\}/g, (_, hole: string) => {
      return orAsItIs(values[holes.indexOf(hole)] ?? '', depth);
    });
  }
  return null;
}

function formOf(english: string, chinese: string): Form {
  const holes = [...english.matchAll(/\{(\w+)\}/g)].map(([, hole = '']) => hole);
  const source = english
    .replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replaceAll(/\{(\w+)\}/g, (_, hole: string) => (hole.length === 1 ? '(\\S+)' : '(.+?)'));
  return { pattern: new RegExp(`^${source}$`, 's'), holes, chinese };
}

/** What the daemon writes down of a command to it: `suspend by page, refused: …` */
function ofCommand(text: string, depth: number): string | null {
  const [, command, who, refused, rest] = /^(\w+) by (\S+?)(, refused)?: (.+)$/s.exec(text) ?? [];
  const name = command === undefined ? undefined : COMMANDS[command];
  if (name === undefined || who === undefined || rest === undefined) return null;
  const outcome = refused === undefined ? '' : '，被拒绝';
  return `${orAsItIs(who, depth)}：${name}${outcome}：${orAsItIs(rest, depth)}`;
}

/** Why a gate is closed, as the engine says it, with or without its numbers behind. */
function asMeaning(text: string, depth: number): string | null {
  const chinese = MEANINGS.get(text);
  if (chinese !== undefined) return chinese;
  for (let colon = text.indexOf(': '); colon > 0; colon = text.indexOf(': ', colon + 1)) {
    const meaning = MEANINGS.get(text.slice(0, colon));
    if (meaning !== undefined) return `${meaning}：${orAsItIs(text.slice(colon + 2), depth)}`;
  }
  return null;
}

/** Names of gates and causes, one or several. */
function asNames(text: string): string | null {
  if (!/^[a-z]\w*(, [a-z]\w*)*$/.test(text)) return null;
  const names = text.split(', ').map((name) => {
    const words = NAMES[name];
    return words === undefined ? null : `${name}（${words}）`;
  });
  return names.includes(null) ? null : names.join('、');
}

/** `exec_fault: …` */
function asReason(text: string, depth: number): string | null {
  const [, name = '', rest] = /^([a-z]\w*): (.+)$/s.exec(text) ?? [];
  const words = NAMES[name];
  if (words === undefined || rest === undefined) return null;
  const said = orAsItIs(rest, depth);
  // An alert says its name in words, and then what is the matter.
  const matter = said.startsWith(`${words}：`) ? said.slice(words.length + 1) : said;
  return `${name}（${words}）：${matter}`;
}

/** `201 Order rejected - reason: …`: its code, and its words as they came. */
function fromBroker(text: string): string | null {
  const [, code, words] = /^(\d{3,5}) (.+)$/s.exec(text) ?? [];
  return code === undefined ? null : `券商答复 ${code}：“${words}”`;
}

function inParts(text: string, depth: number): string | null {
  const parts = text.split('; ');
  if (parts.length === 1) return null;
  const said = parts.map((part) => say(part, depth - 1));
  return said.every((part) => part === null)
    ? null
    : said.map((part, index) => part ?? parts[index]).join('；');
}

const COMMANDS: Readonly<Record<string, string>> = {
  stop: '停止',
  suspend: '暂停',
  resume: '恢复',
  flatten: '平仓',
  hedge_now: '立即对冲',
  cancel_all: '撤销全部订单',
  adopt: '认领',
  legs: '期权腿',
  retry_ib: '重连券商',
  refresh_accounts: '重读账户',
  manual_resume: '手动恢复',
  set_heartbeat_interval: '心跳间隔',
};

const ALERT_NAMES_ZH: Readonly<Record<keyof typeof BOOK_ALERTS, string>> = {
  unhedged_exposure: '需要对冲，却没有订单在执行',
  net_delta: '净 Delta 超过告警限额',
  orphan_shares: '剩有对冲持股，却没有期权腿',
  not_shortable: '对冲将卖空难以借到的股票',
  read_only_api: 'TWS 只许此会话查看，不许交易',
  executions_missing: '订单称已完成，却没有成交明细',
  orders_refused: '券商拒绝此账簿的订单',
  orders_untested: '券商尚未说明是否接受订单',
  outside_delta: '账簿之外的期权有较大 Delta',
  earnings: '临近财报',
  expiry_today: '今日有腿到期',
  pin_risk: '标的价接近今日到期腿的行权价',
  exercise_decision: '到期期权的行权在纽约时间 17:30 前决定',
  dividend_assignment: '卖出的认购期权可能因股息被行权',
  greeks_disputed: '某腿的 Delta 互不一致',
  membership: '有期权等待确认为腿',
  pnl_unknown: '无法核对当日亏损限额',
};

const OTHER_NAMES: Readonly<Record<string, string>> = {
  margin_cushion: '保证金余量',
  order_left_live: '订单可能仍有效',
  disk_space: '磁盘空间',
  recorder_failed: '行情未能录制',
  replay_differs: '夜间重放',
  lease: '写入租约',
  frozen_leader: '前一写入者停滞',
  config_refused: '配置被拒绝',
};

const FAULTS_ZH: Readonly<Record<keyof typeof TICKET_FAULTS, string>> = {
  quantity: '数量不是正整数',
  order_ref: '订单没有我方标识',
  account: '订单的账户不是账簿的账户',
  contract: '订单的合约不是账簿的标的',
  side: '订单既非买入也非卖出',
  price: '限价不是正数',
  tick_size: '限价不在最小变动价位上',
  tif: '订单会超出其有效用途',
  live_interlock: '账户不是允许实盘交易的账户',
  modify_raises: '改单不得增加数量',
  max_net_delta: '成交后净 Delta 将超出限额',
  not_reducing: '订单不会减少所要平掉的持股',
};

const NAMES: Readonly<Record<string, string>> = {
  ...FAULTS_ZH,
  ...OTHER_NAMES,
  ...ALERT_NAMES_ZH,
  ...Object.fromEntries(Object.entries(REASON_WORDS).map(([id, [, chinese]]) => [id, chinese])),
};

/** Sentences that stand for a name, as the engine has them. */
const MEANINGS: ReadonlyMap<string, string> = new Map([
  ...GATES.map(({ id, meaning }) => [meaning, NAMES[id] ?? meaning] as const),
  ...entriesOf(TICKET_FAULTS, FAULTS_ZH),
  ...entriesOf(BOOK_ALERTS, ALERT_NAMES_ZH),
]);

function entriesOf<K extends string>(
  english: Readonly<Record<K, string>>,
  chinese: Readonly<Record<K, string>>,
): readonly (readonly [string, string])[] {
  return (Object.keys(english) as K[]).map((id) => [english[id], chinese[id]]);
}
