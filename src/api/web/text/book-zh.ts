/** What a book's numbers are called, in Chinese. */

import type { bookEn } from './book-en.ts';
import type { Widened } from './widened.ts';

export const bookZh: Widened<typeof bookEn> = {
  attribution: {
    title: '损益来源',
    unit: '美元',
    part: '项目',
    day: '今日',
    sinceHedge: '上次对冲以来',
    short: {
      delta: 'Delta',
      gamma: 'Gamma',
      theta: 'Theta',
      vega: 'Vega',
      other: '其他',
      costs: '成本',
      unexplained: '未解释',
    },
    terms: {
      delta: 'Delta：方向',
      gamma: 'Gamma：波动',
      theta: 'Theta：时间',
      vega: 'Vega：波动率',
      vanna_volga: '二阶：vanna、volga',
      rho: 'Rho：利率',
      dividend: '股息',
      financing: '资金成本',
      commission: '佣金',
      slippage: '对冲滑点',
      option_spread: '期权交易价差',
      exercise: '行权、被指派',
      unexplained: '未解释',
    },
    total: '合计',
    ratio: '实现方差 / 隐含方差',
    scalped: '对冲已实现（未计成本）',
    breakEven: '一日盈亏平衡变动',
    breakEvenUnit: '美元 / 股',
    none: '暂时未知：',
  },

  volatility: {
    realised: '实现波动率',
    implied: '隐含波动率',
    ratio: '实现 / 隐含',
    window: (estimator: string, minutes: string) =>
      `${ESTIMATORS[estimator] ?? estimator}${minutes} 分钟`,
  },

  gauge: {
    title: '净 Delta',
    label: (delta, epsilon, threshold, stands) =>
      `净 Delta ${delta} 股；不交易带 ${epsilon}，对冲阈值 ${threshold}。${stands}。`,
    band: '不交易带',
    threshold: '对冲',
    target: '目标',
    fallback: '缺少市场数据，按阈值执行',
    notNow: '暂不',
    policies: {
      fixed_band: '固定区间',
      whalley_wilmott: 'Whalley–Wilmott 区间',
      zakamouline: 'Zakamouline 区间',
      leland: 'Leland 调整 delta',
      gamma_scaled: '按 gamma 缩放',
      move: '按标的变动',
      time: '按时间',
    },
    stands: {
      D0: '在带内：持有不动',
      D1: '带外但低于阈值：观察',
      D2: '达到或超过阈值：对冲',
      D3: '超过上限：强制对冲',
      D4: '净 Delta 未知',
    },
  },

  greeks: {
    title: '账簿希腊值',
    delta: '期权 Delta',
    gamma: 'Gamma',
    theta: 'Theta',
    vega: 'Vega',
    deltaUnit: '股',
    gammaUnit: '股/美元',
    thetaUnit: '美元/天',
    vegaUnit: '美元/波动率点',
  },

  why: {
    title: '为什么不多做？',
    reasons: '关闭的闸门',
    noReasons: '所有闸门均已打开。',
    explain: '全部闸门：值、限值与时间',
  },

  space: {
    title: '状态空间',
    O: '期权',
    D: 'Delta',
    M: '市场',
    L: '流动性',
    E: '执行',
    S: '系统',
  },

  legs: {
    title: '期权腿',
    none: '此账簿没有期权腿。',
    leg: '期权腿',
    days: (days) => `${days} 天`,
    quantity: '数量',
    quantityUnit: '张',
    bid: '买价',
    ask: '卖价',
    price: '美元',
    iv: '隐含波动率',
    quality: '波动率来源',
    perShare: '每股',
    gammaUnit: '每美元',
    thetaUnit: '美元/天',
    vegaUnit: '美元/点',
    call: '看涨',
    put: '看跌',
    qualities: {
      quote: '报价',
      smile: '微笑曲线',
      held: '沿用',
      ib: 'IB',
      fixed: '固定',
      invalid: '无效',
    },
    reasons: {
      no_quote: '无报价',
      one_sided: '单边报价',
      crossed: '报价交叉',
      wide: '价差过宽',
      stale: '报价陈旧',
      below_intrinsic: '低于内在价值',
      above_bound: '高于上限',
      no_price: '无价格',
      expired: '已到期',
      no_smile: '行权价太少，无微笑曲线',
      no_ib_vol: 'IB 未提供',
      no_spot: '标的无价格',
      double_boundary: '存在两条行权边界',
      not_priced: '未定价',
      outlier: '与上次有效报价及 IB 模型相差过大',
      old_ib_vol: 'IB 模型久未更新',
    },
    outdated: '未比对：IB 模型久未更新',
    disputed: (own: string, difference: string, ib: string) =>
      `自算 ${own}，差分 ${difference}，IB ${ib}`,
  },
};

/** How volatility is estimated; the plain way needs no word. */
const ESTIMATORS: Readonly<Record<string, string>> = {
  realised: '',
  bipower: '双幂变差，',
  parkinson: 'Parkinson，',
  garman_klass: 'Garman–Klass，',
  rogers_satchell: 'Rogers–Satchell，',
  yang_zhang: 'Yang–Zhang，',
  ewma: 'EWMA，',
};
