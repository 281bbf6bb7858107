/**
 * Words for the ids of the engine, in both languages. The ids are public contract and stay visible;
 * the words say what they mean. An id without words here is shown as it is.
 */

import type { SafeCause } from '../../../domain/causes.ts';
import type { GateId } from '../../../domain/gates.ts';
import type { StateSpace } from '../../../domain/state-space.ts';

export type Words = readonly [en: string, zh: string];

/** Noun phrases: each stands beside a closed gate as well as beside an open one. */
export const GATE_WORDS: Readonly<Record<GateId, Words>> = {
  stopping: ['Daemon is stopping', '守护进程正在停止'],
  standby: ['Another daemon is the writer', '由另一守护进程负责写入'],
  not_synced: ['Not yet agreed with the broker', '尚未与券商核对一致'],
  suspended: ['Suspended by the operator', '操作员已暂停'],
  degraded: ['A needed part is not well', '所需部件异常'],
  order_test: ['The broker takes orders', '券商接受订单'],
  no_option_position: ['Option legs in the book', '账簿中的期权腿'],
  strategy_disabled: ['Switched off in the configuration', '配置中已关闭'],
  outside_rth: ['Regular trading hours', '常规交易时段'],
  holiday: ['Trading day', '交易日'],
  halted: ['Trading halt', '停牌'],
  open_delay: ['Time since the open', '开盘后时间'],
  close_cut: ['Time to the close', '距收盘时间'],
  calendar_mismatch: ['Calendar differs from the contract', '日历与合约时段不符'],
  earnings_blackout: ['Earnings are near', '临近财报'],
  data_stale: ['Age of the underlying quote', '标的报价时龄'],
  data_lag: ['Lag of the prices', '价格延迟'],
  greeks_bad: ['Greeks of every leg', '各腿希腊值'],
  no_quote: ['Two-sided quote', '双边报价'],
  spread_extreme: ['Extreme spread', '极端价差'],
  leg_settling: ['Time since the legs changed', '期权腿变动后时间'],
  in_band: ['Net delta against the band', '净 Delta 与不交易带'],
  below_threshold: ['Net delta against the threshold', '净 Delta 与对冲阈值'],
  min_hedge_shares: ['Smallest hedge', '最小对冲股数'],
  max_hedge_shares_per_order: ['Largest order', '单笔最大股数'],
  min_price_move: ['Price move since the last hedge', '上次对冲后价格变动'],
  cooldown: ['Time since the last hedge', '上次对冲后时间'],
  daily_loss_limit: ['Loss limit of the day', '日亏损限额'],
  max_daily_hedge_count: ['Hedges of the day', '当日对冲次数'],
  max_daily_hedge_cost: ['Hedging cost of the day', '当日对冲成本'],
  max_position: ['Largest share position', '最大持股'],
  max_notional: ['Largest order value', '单笔最大金额'],
  spread_too_wide: ['Spread limit of the guard', '风控价差上限'],
  price_collar: ['Price collar around the mid', '中间价价格围栏'],
  order_rate: ['Orders per minute, book', '每分钟订单数（账簿）'],
  reject_streak: ['Rejects in a row', '连续被拒次数'],
  order_in_flight: ['Order being worked', '在途订单'],
  position_break: ['Shares not explained; latched', '持股无法解释（锁定）'],
  ownership_unconfirmed: ['Ownership of shares not confirmed', '持股归属未确认'],
  corporate_action: ['Terms of a leg changed; latched', '合约条款变更（锁定）'],
  exec_fault: ['Fate of an order unknown; latched', '订单结局不明（锁定）'],
  expiry_pending: ['Expired leg not settled', '到期腿未结算'],
  delayed_data: ['Kind of market data', '行情类型'],
  account_daily_loss: ['Loss limit of the account', '账户日亏损限额'],
  account_daily_notional: ['Turnover of the account', '账户日成交额'],
  account_order_rate: ['Orders per minute, account', '每分钟订单数（账户）'],
  lease: ['Writer lease not held', '未持有写入租约'],
};

const CAUSE_WORDS: Readonly<Record<Exclude<SafeCause, GateId>, Words>> = {
  broker_down: ['Broker not connected', '券商未连接'],
  orphan_shares: ['Own shares without option legs', '有持股但无期权腿'],
};

/** Reasons of the lamp that are neither gates nor causes. */
const ENGINE_WORDS: Readonly<Record<string, Words>> = {
  idle: ['Starting', '启动中'],
  connecting: ['Connecting to the broker', '正在连接券商'],
  waiting_ib: ['Waiting for the broker', '等待券商'],
  connected: ['Reading account and orders', '正在读取账户与订单'],
  stopped: ['Stopped', '已停止'],
  status_read_error: ['Status cannot be read', '无法读取状态'],
  market_data_restarting: ['Market data actor restarts', '行情 actor 重启中'],
  market_data_lost: ['Market data lost', '行情中断'],
  greeks_restarting: ['Greeks actor restarts', '希腊值 actor 重启中'],
  persistence_restarting: ['Persistence actor restarts', '持久化 actor 重启中'],
  sink_unavailable: ['Database unavailable; journal goes on', '数据库不可用；日志继续'],
};

/** Why a gate is closed, where its name would not say so. */
const CLOSED_WORDS: Readonly<Partial<Record<GateId, Words>>> = {
  no_option_position: ['No option legs', '没有期权腿'],
  outside_rth: ['Outside trading hours', '非交易时段'],
  holiday: ['No trading day', '非交易日'],
  halted: ['Trading is halted', '标的停牌'],
  open_delay: ['The market has just opened', '刚刚开盘'],
  close_cut: ['The close is near', '临近收盘'],
  data_stale: ['The underlying is silent', '标的行情静默'],
  data_lag: ['Prices arrive late', '价格到达过迟'],
  greeks_bad: ['Greeks of a leg not known', '某腿希腊值未知'],
  no_quote: ['No two-sided quote', '没有双边报价'],
  leg_settling: ['The legs have just changed', '期权腿刚变动'],
  in_band: ['Inside the band', '位于不交易带内'],
  below_threshold: ['Below the hedging threshold', '低于对冲阈值'],
  min_hedge_shares: ['The trade would be too small', '交易量过小'],
  min_price_move: ['The price has hardly moved', '价格变动不足'],
  cooldown: ['The last hedge was a moment ago', '距上次对冲过近'],
  daily_loss_limit: ['Loss limit reached', '已达日亏损限额'],
  max_daily_hedge_count: ['Hedges of the day used up', '已达当日对冲次数'],
  max_daily_hedge_cost: ['Hedging cost of the day used up', '已达当日对冲成本'],
  max_position: ['Position limit reached', '已达持股上限'],
  max_notional: ['Order value too large', '订单金额过大'],
  spread_too_wide: ['Spread too wide', '价差过宽'],
  price_collar: ['Price outside the collar', '价格超出围栏'],
  order_rate: ['Too many orders a minute', '每分钟订单过多'],
  reject_streak: ['Too many rejects in a row', '连续被拒过多'],
  order_in_flight: ['An order is being worked', '订单在途'],
  delayed_data: ['Quotes are not live', '行情非实时'],
  account_daily_loss: ['Loss limit of the account reached', '已达账户日亏损限额'],
  account_daily_notional: ['Turnover of the account used up', '已达账户日成交额'],
  account_order_rate: ['Too many orders of the account', '账户每分钟订单过多'],
};

export const REASON_WORDS: Readonly<Record<string, Words>> = {
  ...ENGINE_WORDS,
  ...CAUSE_WORDS,
  ...GATE_WORDS,
  ...CLOSED_WORDS,
};

/** States of the machines. */
export const STATE_WORDS: Readonly<Record<string, Words>> = {
  ...ENGINE_WORDS,
  standby: ['Hot standby', '热备'],
  running: ['Running', '运行中'],
  running_suspended: ['Running, hedging suspended', '运行中，对冲已暂停'],
  flattening: ['Flattening', '平仓中'],
  degraded: ['Running, degraded', '运行中，降级'],
  stopping: ['Stopping', '正在停止'],
  BOOT: ['Starting', '启动中'],
  SYNC: ['Agreeing with the broker', '与券商核对中'],
  IDLE: ['Not armed', '未启用'],
  ARMED: ['Armed', '已启用'],
  MONITOR: ['Watches: outside the band', '观察：带外'],
  NO_TRADE: ['Holds: inside the band', '持有：带内'],
  PAUSE_COST: ['Waits: cost gate', '等待：成本闸门'],
  PAUSE_LIQ: ['Waits: liquidity', '等待：流动性'],
  NEED_HEDGE: ['Wants to hedge', '需要对冲'],
  HEDGING: ['Hedges', '对冲中'],
  SAFE: ['Safe: does not trade', '安全态：不交易'],
  EXEC_IDLE: ['No order', '无订单'],
  PLAN: ['Plans an order', '计划订单'],
  SEND: ['Last check', '最后检查'],
  WAIT_ACK: ['Waits for the broker’s answer', '等待券商确认'],
  WORKING: ['Order works', '订单在途'],
  PARTIAL: ['Partly filled', '部分成交'],
  REPRICE: ['Moves the price', '调整价格'],
  CANCEL: ['Cancels', '撤单中'],
  RECOVER: ['Asks the broker what happened', '向券商查证'],
  FILLED: ['Last order filled', '上一订单已成交'],
  FAIL: ['Last order failed', '上一订单失败'],
};

/** Labels of the state space. */
export const SPACE_WORDS: Readonly<Record<StateSpace[keyof StateSpace], Words>> = {
  O0: ['no option position', '无期权持仓'],
  O1: ['long gamma', '正 Gamma'],
  O2: ['short gamma', '负 Gamma'],
  D0: ['in band', '带内'],
  D1: ['minor deviation', '轻微偏离'],
  D2: ['hedge needed', '需要对冲'],
  D3: ['hedge forced', '强制对冲'],
  D4: ['invalid', '无效'],
  M0: ['quiet', '平静'],
  M1: ['normal', '正常'],
  M2: ['trend', '趋势'],
  M3: ['choppy', '震荡'],
  M4: ['gap', '跳空'],
  M5: ['stale', '陈旧'],
  L0: ['normal spread', '价差正常'],
  L1: ['wide spread', '价差偏宽'],
  L2: ['extreme spread', '价差极端'],
  L3: ['no quote', '无报价'],
  E0: ['idle', '空闲'],
  E1: ['order working', '订单在途'],
  E2: ['partial fill', '部分成交'],
  E3: ['disconnected', '已断开'],
  E4: ['broker error', '券商错误'],
  S0: ['ok', '正常'],
  S1: ['greeks bad', '希腊值异常'],
  S2: ['data lag', '数据延迟'],
  S3: ['risk halt', '风控停止'],
};

/** How an order's intent can end. */
export const OUTCOME_WORDS: Readonly<Record<string, Words>> = {
  skipped: ['skipped', '跳过'],
  filled: ['filled', '全部成交'],
  partial: ['partly filled', '部分成交'],
  cancelled: ['cancelled', '已撤销'],
  never_live: ['never live', '从未生效'],
  reject: ['rejected', '被拒绝'],
  fault: ['in a fault', '出现故障'],
};

/** Units of the gates. */
export const UNIT_WORDS: Readonly<Record<string, Words>> = {
  shares: ['shares', '股'],
  s: ['s', '秒'],
  ms: ['ms', '毫秒'],
  '% of mid': ['% of mid', '% 中间价'],
  hedges: ['hedges', '次'],
  rejects: ['rejects', '次'],
  USD: ['USD', '美元'],
  'orders/min': ['orders/min', '单/分钟'],
  'New York time': ['New York', '纽约'],
  date: ['', ''],
  'trading days': ['', ''],
};
