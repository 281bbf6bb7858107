/**
 * Corporate actions on their days: splits and dividends of the scenario, and cash that was promised
 * to whoever held a share on the evening before its ex-date.
 */

import type { SplitTerms } from './corporate.ts';
import { type Dividend, effectiveAt } from './dividends.ts';
import { findStock } from './listing.ts';
import type { Turn } from './turn.ts';

export interface CorporateDesk {
  /** Infinity when nothing waits. */
  nextDue(): number;
  runDue(): void;
}

/** What a corporate action does to prices and orders; the exchange provides it. */
export interface CorporateHooks {
  split(symbol: string, terms: SplitTerms): void;
  /** The shares trade without so much. */
  drop(symbol: string, amount: number): void;
}

interface Due {
  readonly at: number;
  readonly run: () => void;
}

export function createCorporateDesk(
  turn: Turn,
  dividends: readonly Dividend[],
  hooks: CorporateHooks,
): CorporateDesk {
  const timeline = timelineOf(turn, dividends, hooks).filter(({ at }) => at > turn.state.now);
  const never = Number.POSITIVE_INFINITY;
  const payDue = (): number =>
    turn.state.accruals.reduce((due, { payAt }) => Math.min(due, payAt), never);
  return {
    nextDue: () => Math.min(timeline[0]?.at ?? never, payDue()),
    runDue() {
      while ((timeline[0]?.at ?? never) <= turn.now()) timeline.shift()?.run();
      if (payDue() <= turn.now()) payAccrued(turn);
    },
  };
}

/** Gives so many dollars for each share that is held; who is short pays them. */
export function payDividend(turn: Turn, symbol: string, amount: number, payAt: number): void {
  const stock = findStock(turn.listing, symbol);
  if (stock === undefined) return;
  const ts = turn.now();
  for (const [account, { positions }] of [...turn.state.accounts]) {
    const quantity = positions.get(stock.conId)?.quantity ?? 0;
    if (quantity === 0) continue;
    const cash = quantity * amount;
    if (payAt > ts) {
      turn.apply({ kind: 'accrual', accrual: { account, symbol, amount: cash, payAt } });
    } else turn.apply({ kind: 'cash', account, amount: cash });
    const event = { ts, account, contract: stock, kind: 'dividend', quantity, shares: 0, cash };
    turn.apply({ kind: 'option_event', event: { ...event, kind: 'dividend' } });
    turn.tell({ type: 'account', account });
  }
}

function payAccrued(turn: Turn): void {
  const until = turn.now();
  for (const { account, amount, payAt } of turn.state.accruals) {
    if (payAt > until) continue;
    turn.apply({ kind: 'cash', account, amount });
    turn.tell({ type: 'account', account });
  }
  turn.apply({ kind: 'accruals_paid', until });
}

function timelineOf(turn: Turn, dividends: readonly Dividend[], hooks: CorporateHooks): Due[] {
  const paid = dividends.map(({ symbol, amount, exAt, payAt }) => ({
    at: exAt,
    run: () => {
      payDividend(turn, symbol, amount, payAt);
      hooks.drop(symbol, amount);
    },
  }));
  const split = turn.scenario.underlyings.flatMap(({ symbol, splits }) =>
    splits.map(({ date, to, from }) => ({
      at: effectiveAt(date),
      run: () => hooks.split(symbol, { to, from }),
    })),
  );
  const { splits = [] } = turn.scenario.recorded ?? {};
  const recorded = splits.map(({ symbol, date, ratio }) => ({
    at: effectiveAt(date),
    run: () => hooks.split(symbol, { to: ratio, from: 1 }),
  }));
  return [...paid, ...split, ...recorded].sort((a, b) => a.at - b.at);
}
