/**
 * What reaches into the exchange from outside its protocol: prices moved by hand, trades typed into
 * TWS, exercises and dividends; by the admin port or by a fault.
 */

import type { Contract } from '../../domain/contract.ts';
import { Fault } from '../../fault.ts';
import { adjustOptions, type Changed, type SplitTerms, splitShares } from './corporate.ts';
import { type CorporateHooks, payDividend } from './corporate-desk.ts';
import type { Engine } from './engine.ts';
import type { FaultHooks } from './fault-desk.ts';
import { findStock } from './listing.ts';
import { midOfQuote } from './market.ts';
import { splitRecorded } from './recorded-split.ts';
import { settle } from './settlement.ts';
import type { VenueOrderRequest } from './venue.ts';
import { positionOf } from './views.ts';

export type PriceMove = { readonly price: number } | { readonly pct: number };

/** What a fault may do to the exchange. */
export function hooksOf(engine: Engine): FaultHooks & CorporateHooks {
  const { turn } = engine;
  const stocks = (symbol: string | undefined): readonly Contract[] =>
    [...turn.listing.contracts.values()].filter(
      (contract) => contract.secType === 'STK' && (symbol ?? contract.symbol) === contract.symbol,
    );
  return {
    refresh: (symbol) => engine.refresh(symbol),
    // A recording cannot be moved: there the fault stays a note in the ledger.
    move(symbol, pct) {
      for (const stock of stocks(symbol)) shiftPrice(engine, stock, { pct });
    },
    trade({ symbol, side, quantity, account }) {
      const [first = ''] = turn.state.accounts.keys();
      for (const { conId } of stocks(symbol)) {
        const named = { account: account ?? first, conId, side, quantity };
        engine.act((desk) => desk.place(manualOrder(named)));
      }
    },
    dividend(symbol, amount) {
      payDividend(turn, symbol, amount, turn.now());
      dropPrice(engine, symbol, amount);
    },
    drop: (symbol, amount) => dropPrice(engine, symbol, amount),
    split: (symbol, terms) => splitStock(engine, symbol, terms),
    adjust(adjustment) {
      const stock = findStock(turn.listing, adjustment.symbol);
      if (stock === undefined) return;
      changeTerms(engine, adjustment.symbol, () => adjustOptions(turn, stock, adjustment));
    },
    exercise({ con_id: conId, symbol, right, quantity, account }) {
      const [first = ''] = turn.state.accounts.keys();
      const holder = account ?? first;
      const held = [...(turn.state.accounts.get(holder)?.positions.values() ?? [])];
      const position = held.find(({ contract, quantity: open }) => {
        if (contract.secType !== 'OPT' || open === 0) return false;
        if (conId !== undefined) return contract.conId === conId;
        return contract.symbol === symbol && (right ?? contract.right) === contract.right;
      });
      if (position === undefined || position.contract.secType !== 'OPT') return;
      const count = Math.min(Math.abs(position.quantity), quantity ?? Number.POSITIVE_INFINITY);
      if (count === 0) return;
      settle(turn, holder, position.contract, Math.sign(position.quantity) * count, true);
    },
  };
}

function dropPrice(engine: Engine, symbol: string, amount: number): void {
  const price = Math.max(0.01, priceOf(engine, symbol) - amount);
  shiftPrice(engine, stockOf(engine, symbol), { price });
}

/** In a recording the prices of after are there; what stands until they come is brought to them. */
function splitStock(engine: Engine, symbol: string, terms: SplitTerms): void {
  const { turn, history } = engine;
  const stock = findStock(turn.listing, symbol);
  if (stock === undefined) return;
  const ratio = terms.to / terms.from;
  changeTerms(engine, symbol, () => {
    const isRecorded = turn.scenario.recorded !== undefined;
    const changed = isRecorded
      ? splitRecorded(turn, stock, ratio)
      : splitShares(turn, stock, terms);
    history.split(stock.conId, ratio);
    turn.market.split(stock.conId, ratio, turn.now(), () => undefined);
    return changed;
  });
}

/** Orders end first, then the terms change, and clients hear of it when prices have followed. */
function changeTerms(engine: Engine, symbol: string, work: () => readonly Changed[]): void {
  const { turn } = engine;
  engine.act((desk) => {
    desk.cancelFor(symbol, 'Corporate action');
    const changed = work();
    turn.market.relist();
    for (const { account, conId } of changed) {
      const position = positionOf(turn.state, turn.market, account, conId);
      turn.tell({ type: 'position', position });
    }
    for (const account of new Set(changed.map((entry) => entry.account))) {
      turn.tell({ type: 'account', account });
    }
  });
  engine.refresh(symbol);
}

type Named = Pick<VenueOrderRequest, 'account' | 'conId' | 'side' | 'quantity'>;

/** A market order typed into TWS. */
export function manualOrder(named: Named): VenueOrderRequest {
  return {
    ...named,
    clientId: 0,
    orderId: 0,
    orderType: 'MKT',
    limitPrice: null,
    tif: 'DAY',
    goodTill: '',
    orderRef: '',
    outsideRth: false,
    transmit: true,
    whatIf: false,
  };
}

/** False where prices are recorded. */
export function shiftPrice(engine: Engine, { conId, symbol }: Contract, move: PriceMove): boolean {
  const { market, state } = engine.turn;
  const to = 'price' in move ? move.price : priceOf(engine, symbol) * (1 + move.pct / 100);
  const changed: number[] = [];
  if (!market.setPrice(conId, to, state.now, (id) => changed.push(id))) return false;
  engine.act(() => {
    for (const id of changed) engine.lineChanged(id);
  });
  return true;
}

/** The mid of a stock now, USD; NaN without a quote. */
export function priceOf(engine: Engine, symbol: string): number {
  const { conId } = stockOf(engine, symbol);
  const quote = engine.turn.market.quote(conId, engine.turn.state.now);
  return quote === null ? Number.NaN : midOfQuote(quote);
}

/** Throws `Fault('not_found')` for what is not listed. */
export function stockOf(engine: Engine, symbol: string): Contract {
  const stock = findStock(engine.turn.listing, symbol);
  if (stock === undefined) throw new Fault('not_found', `${symbol} is not listed`);
  return stock;
}
