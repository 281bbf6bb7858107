/**
 * What a ledger adds up: shares, average cost, realised P&L, cash, and a digest of all entries.
 * Each entry's totals follow from the one before, so the newest are at hand and any past ones too.
 */

/** Totals after an entry and all before it. */
export interface LedgerSums {
  /** Shares that are ours, signed. */
  readonly owned: number;
  /** USD per share of the open position by the average-cost method; 0 when flat. */
  readonly averageCost: number;
  /** USD, average-cost method, before commissions. */
  readonly realizedPnl: number;
  /** USD received (+) and paid (−) by executions. */
  readonly executionCash: number;
  /** USD at which adjusted shares came in (−) or went out (+). */
  readonly adjustmentCash: number;
  /** USD that executions bought and sold for, both positive. */
  readonly turnover: number;
  /** USD, positive is a cost. */
  readonly commissions: number;
  /** Digest of the entries so far; two unsigned 32-bit lanes. */
  readonly digestHigh: number;
  readonly digestLow: number;
}

/** What one entry adds. */
export interface Trade {
  readonly key: string;
  readonly ts: number;
  /** Signed. */
  readonly shares: number;
  readonly price: number;
  readonly commission: number;
  /** Null for an adjustment: shares without an execution. */
  readonly fill: { readonly revision: number; readonly orderRef: string } | null;
}

/** What was booked before a time and is kept as a sum alone. */
export interface LedgerOpening {
  readonly sums: LedgerSums;
  /** Epoch ms: all of it is older, and what is older is in it. */
  readonly before: number;
  /** How many executions it sums. */
  readonly executions: number;
}

export const NOTHING: LedgerSums = {
  owned: 0,
  averageCost: 0,
  realizedPnl: 0,
  executionCash: 0,
  adjustmentCash: 0,
  turnover: 0,
  commissions: 0,
  digestHigh: 0,
  digestLow: 0,
};

export const NO_OPENING: LedgerOpening = {
  sums: NOTHING,
  before: Number.NEGATIVE_INFINITY,
  executions: 0,
};

/** Totals after one more trade. */
export function addTrade(sums: LedgerSums, trade: Trade): LedgerSums {
  const { shares, price, fill } = trade;
  const cash = -shares * price;
  const closes = Math.sign(shares) === -Math.sign(sums.owned);
  const closed = closes ? Math.min(Math.abs(shares), Math.abs(sums.owned)) : 0;
  const gain = closed * Math.sign(sums.owned) * (price - sums.averageCost);
  const digest = mixDigest(sums, trade);
  return {
    // Adding 0 turns −0 into 0: both would print and hash differently.
    owned: sums.owned + shares + 0,
    averageCost: costAfter(sums, shares, price),
    realizedPnl: sums.realizedPnl + gain,
    executionCash: sums.executionCash + (fill === null ? 0 : cash),
    adjustmentCash: sums.adjustmentCash + (fill === null ? cash : 0),
    turnover: sums.turnover + (fill === null ? 0 : Math.abs(cash)),
    commissions: sums.commissions + trade.commission,
    ...digest,
  };
}

function costAfter(sums: LedgerSums, shares: number, price: number): number {
  const owned = sums.owned + shares;
  if (owned === 0) return 0;
  if (shares === 0) return sums.averageCost;
  if (Math.sign(owned) !== Math.sign(sums.owned)) return price;
  if (Math.abs(owned) < Math.abs(sums.owned)) return sums.averageCost;
  return (sums.averageCost * sums.owned + price * shares) / owned;
}

function mixDigest(sums: LedgerSums, trade: Trade): Pick<LedgerSums, 'digestHigh' | 'digestLow'> {
  const { key, ts, shares, price, fill, commission } = trade;
  const revision = fill?.revision ?? 0;
  const text = `${key}|${revision}|${ts}|${shares}|${price}|${fill?.orderRef ?? ''}|${commission}`;
  let high = sums.digestHigh ^ 0x81_1c_9d_c5;
  let low = sums.digestLow ^ 0x9e_37_79_b9;
  // FNV-1a in two lanes with different multipliers.
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 0x01_00_01_93);
    low = Math.imul(low ^ code, 0x85_eb_ca_6b);
  }
  return { digestHigh: high >>> 0, digestLow: low >>> 0 };
}
