/**
 * The sentences of the engine in the reader's language: said anew from their codes and values, and
 * never by reading the English ones. What has no sentence here stays in English, marked as such.
 */

import type { BookAlertId } from '../../../domain/alert-names.ts';
import type { AlertView } from '../../../protocol/alert-view.ts';
import type { ShortSaleView, WhyView } from '../../../protocol/why-view.ts';
import { brief, newYorkTime } from '../format.ts';
import { GATE_WORDS, REASON_WORDS, UNIT_WORDS, type Words } from './words.ts';

/** `null`: there is none in Chinese, and the English one is shown. */
export type Sentence = string | null;

interface Explained {
  readonly why_of: WhyView;
  readonly short_sale?: ShortSaleView | null;
}

/** Why a book hedges or does not, in Chinese; moments without their date are those of `today`. */
export function whyInChinese({ why_of: why, short_sale: trouble }: Explained, now: number): string {
  const sentence = whyZh(why, now);
  return trouble ? `${sentence}；not_shortable：${shortSaleZh(trouble)}` : sentence;
}

function whyZh(why: WhyView, now: number): string {
  switch (why.code) {
    case 'no_time':
      return '正在等待券商的时间';
    case 'cause':
      return `不对冲：${why.cause}，${chinese(REASON_WORDS, why.cause)}`;
    case 'safe_hold':
      return `safe_hold：原因已消除，持续 ${why.hold_s} 秒后继续`;
    case 'empty':
      return '账簿中没有期权腿';
    case 'unpriced':
      return why.legs === '' ? '净 Delta 未知' : `净 Delta 未知：缺少 ${why.legs} 的希腊值`;
    case 'in_band':
      return `净 Delta ${signedText(why.net_delta)} 位于不交易带 ${rangeZh(why)} 之内`;
    case 'below_threshold':
      return `净 Delta ${signedText(why.net_delta)} 在不交易带之外，但未到对冲阈值 ${rangeZh(why)}`;
    case 'closed':
      return `本应${tradeZh(why.shares)}，但 ${closedZh(why, now)}`;
    default: {
      const limit = why.code === 'forced' ? '限额' : '对冲阈值';
      const delta = signedText(why.net_delta);
      return `${tradeZh(why.shares)}：净 Delta ${delta} 已达到或超过${limit} ${rangeZh(why)}`;
    }
  }
}

function tradeZh(shares: number): string {
  return `${shares > 0 ? '买入' : '卖出'} ${brief(Math.abs(shares))} 股`;
}

function closedZh(gate: Extract<WhyView, { readonly code: 'closed' }>, now: number): string {
  const name = `${gate.gate}（${chinese(REASON_WORDS, gate.gate, GATE_WORDS)}）`;
  if (gate.opens_at !== null) {
    const time = newYorkTime(gate.opens_at);
    const isToday = time.slice(0, 10) === newYorkTime(now).slice(0, 10);
    return `${name}要到纽约时间 ${isToday ? time.slice(11) : time} 才打开`;
  }
  if (typeof gate.value === 'boolean' || gate.value === null) return `${name}关闭`;
  const unit = gate.unit === '' ? '' : ` ${chinese(UNIT_WORDS, gate.unit)}`;
  return `${name}关闭：${valueText(gate.value)}，限值 ${valueText(gate.limit)}${unit}`;
}

function valueText(value: string | number | boolean | null): string {
  return typeof value === 'number' ? brief(value) : String(value ?? '–');
}

function signedText(value: number): string {
  const text = brief(value, 1);
  return value > 0 && text !== '0' ? `+${text}` : text;
}

function rangeZh({ low, high }: { readonly low: number; readonly high: number }): string {
  if (low === -high) return `±${brief(high, 1)}`;
  return `${signedText(low)} … ${signedText(high)}`;
}

function shortSaleZh(trouble: ShortSaleView): string {
  const wanted = `将卖空 ${trouble.shares} 股`;
  switch (trouble.kind) {
    case 'none':
      return `${wanted}，无券可借`;
    case 'few':
      return `${wanted}，只能借到 ${trouble.available} 股`;
    case 'locate':
      return `${wanted}，须先寻券`;
  }
}

/** The words of the first table that knows the id, else the id itself. */
function chinese(...[table, id, other = {}]: [Table, string, Table?]): string {
  return (table[id] ?? other[id])?.[1] ?? id;
}

type Table = Readonly<Record<string, Words>>;
type Say = (values: AlertView['values']) => string;

/** What an alert says, in Chinese. */
export function alertInChinese({ id, values }: Pick<AlertView, 'id' | 'values'>): Sentence {
  return ALERTS_ZH[id]?.(values) ?? null;
}

const BOOK_ALERTS_ZH: Readonly<Record<BookAlertId, Say>> = {
  unhedged_exposure: ({ delta, reasons }) =>
    `需要对冲，却没有订单在执行：净 Delta ${delta} 股；${reasonsZh(reasons)}`,
  net_delta: ({ delta, limit }) => `净 Delta ${delta} 股，超过告警限额 ±${limit} 股`,
  orphan_shares: ({ shares }) => `剩有 ${shares} 股对冲持股，却没有期权腿`,
  not_shortable: (values) => shortSaleZh(values as unknown as ShortSaleView),
  read_only_api: () => 'TWS 不接受此会话的订单：请在其 API 设置中关闭“只读 API”（Read-Only API）',
  executions_missing: ({ orderRef, reported, filled, missing, symbol }) =>
    `券商称 ${orderRef} 已成交 ${reported} 股，却只给出 ${filled} 股的成交明细：` +
    `请重启 TWS，再执行 manual-resume；若仍没有明细，` +
    `“bifrost adopt ${symbol} ${missing}”按 TWS 交易日志入账`,
  orders_refused: ({ message }) => `券商拒绝此账簿的订单（${message}）：暂不发送，每分钟再询问一次`,
  orders_untested: () => '券商没有回答测试订单：继续对冲，并将再次询问',
  outside_delta: ({ options }) => `不属于账簿的期权有较大 Delta（股）：${options}`,
  earnings: ({ mode, dates }) => `临近财报：${dates}，模式 ${mode}`,
  expiry_today: ({ options }) => `今日到期的腿：${options}`,
  pin_risk: ({ options }) => `今日到期且标的价接近行权价：${options}`,
  exercise_decision: ({ options, spot }) =>
    `到期期权的行权在纽约时间 17:30 前决定：${options}，标的价 ${spot}`,
  dividend_assignment: ({ options }) => `卖出的认购期权可能因股息被提前行权：${options}`,
  greeks_disputed: ({ options }) => `Delta 互不一致（模型、差分、券商）：${options}`,
  membership: ({ options }) => `等待确认是否为账簿的腿：${options}`,
  pnl_unknown: ({ since }) =>
    '缺少某个标记价或前收盘价，当日盈亏未知：' +
    (since === undefined ? '继续对冲，且没有亏损限额可触发' : `亏损限额自纽约时间 ${since} 起计`),
};

const ALERTS_ZH: Readonly<Record<string, Say>> = {
  ...BOOK_ALERTS_ZH,
  margin_cushion: ({ account, free }) => `账户 ${account} 的净值中只有 ${free} 未被保证金占用`,
  order_left_live: () => '停止前未能证明某个订单已失效',
  disk_space: ({ free, state }) =>
    `日志所在磁盘剩余 ${free}：${state === 'full' ? '停止一切交易' : '低于 1 GiB 时停止一切交易'}`,
  recorder_failed: ({ reason }) => `行情未被记录，对冲继续：${reason}`,
  replay_differs: ({ state, reason }) =>
    `夜间重放${state === 'differs' ? '与日志不一致' : '失败'}：${reason}`,
  lease: ({ epoch }) => `第 ${epoch} 期写入租约已到期且未能续期：不再发送新订单`,
  frozen_leader: ({ predecessor, clientId }) =>
    `前一写入者（${predecessor}）的租约已到期，却仍占用 client id ${clientId}`,
  config_refused: ({ reason }) => `改动的配置被拒绝，沿用旧配置：${reason}`,
  database_unreachable: ({ age, reason }) => `数据库无应答，所示内容已有 ${age}：${reason}`,
  view_missing: () => '守护进程尚未留下视图',
  view_old: ({ age }) => `所示内容写于 ${age} 之前`,
  standby: ({ daemon, reason }) => `备用守护进程 ${daemon}：${reason}`,
};

function reasonsZh(reasons: string | number | undefined): string {
  if (typeof reasons !== 'string' || reasons === '') return '没有订单在执行';
  return reasons
    .split(', ')
    .map((id) => `${id}（${chinese(REASON_WORDS, id, GATE_WORDS)}）`)
    .join('、');
}
