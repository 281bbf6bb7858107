/** The simulated exchange behind a gateway, by its admin port: the truth of every test. */

import { z } from 'zod';

import type { ExchangeLedger } from '../../src/gateway/sim/views.ts';

export interface ExchangeAdmin {
  ledger(): Promise<ExchangeLedger>;
  /** Moves the price of a stock by so many percent. */
  move(symbol: string, percent: number): Promise<void>;
  /** A trade typed by hand, of a stock or of any contract by its id: no order reference. */
  trade(what: string | number, side: 'BUY' | 'SELL', quantity: number): Promise<void>;
  fault(type: string, details?: object): Promise<void>;
  /** Lock-step: everything until `ts`, unix seconds. */
  step(ts: number): Promise<void>;
  /** Unix seconds. */
  time(): Promise<number>;
}

const timeSchema = z.object({ ts: z.number() });

export function exchangeAdmin(port: number): ExchangeAdmin {
  const url = `http://127.0.0.1:${port}`;
  const ask = async (path: string, body?: object): Promise<unknown> => {
    const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(url + path, request);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  return {
    // The admin port is this same program: its answer has the type that it declares.
    ledger: async () => (await ask('/ledger')) as ExchangeLedger,
    move: async (symbol, percent) => {
      await ask('/market', { symbol, move_pct: percent });
    },
    trade: async (what, side, quantity) => {
      const contract = typeof what === 'string' ? { symbol: what } : { con_id: what };
      await ask('/orders', { ...contract, side, quantity });
    },
    fault: async (type, details = {}) => {
      await ask('/faults', { type, ...details });
    },
    step: async (ts) => {
      await ask('/step', { to: ts });
    },
    time: async () => timeSchema.parse(await ask('/time')).ts,
  };
}
