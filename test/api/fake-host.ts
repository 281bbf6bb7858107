/** What only a daemon's own process has, in memory. */

import { Fault } from '../../src/fault.ts';
import type { HostPorts } from '../../src/protocol/host-ports.ts';

export const RUN_ID = '20231114T221320-NVDA';

const RUN = {
  id: RUN_ID,
  kept_at: 1_700_000_000,
  symbol: 'NVDA',
  days: ['20231114'],
  interrupted: false,
  config_hash: '0123',
  data_hash: '4567',
  seed: 1,
  version: '9.9.9',
  totals: {
    ...{ pnl: 12.5, hedges: 3, orders: 4, rejects: 0, quotes: 100, commissions: 3, slippage: 1 },
    ...{ option_spread: 2, turnover: 1000, max_drawdown: 4, sharpe: null },
  },
};

/** The journal reaches back to record 1 and knows two machines. */
export function fakeHost(injected: string[]): HostPorts {
  const moment = { seq: 1, ts: 1_700_000_000 };
  return {
    past: {
      machineAt: async (id, asked) => {
        if (!['daemon', 'hedge:NVDA'].includes(id)) throw new Fault('not_found', `no ${id}`);
        const seq = 'seq' in asked ? asked.seq : 1;
        if (seq > 1000) throw new Fault('not_found', 'the journal ends at record 1000');
        return {
          ...{ id, machine: 'hedge', seq, ts: moment.ts, value: 'EXEC_IDLE', label: 'EXEC_IDLE' },
          ...{ context: {}, events: [], kind: 'boot', book: null, assessment: null },
          ...{ session: moment, reaches_back_to: moment, newest: moment, replayed: 1 },
        };
      },
    },
    messages: { messages: () => ({ messages: [], last_id: 0, missed: 0 }) },
    backtests: {
      list: () => ({ runs: [RUN], unreadable: [] }),
      run: (id) => {
        if (id !== RUN_ID) throw new Fault('not_found', `no kept backtest ${id}`);
        const parts = { attribution: {}, block_reasons: {}, time_in_state: {}, equity: [] };
        return { ...RUN, ...parts, gates: {}, hedging: {} };
      },
      report: (id) => {
        if (id !== RUN_ID) throw new Fault('not_found', `no kept backtest ${id}`);
        return '<!doctype html><title>A run</title>';
      },
    },
    simulation: {
      inject: async (fault) => {
        injected.push(fault);
        return 'done';
      },
    },
    configKeys: () => ({ file: 'demo.yaml', hash: '0123', keys: [], problem: null }),
    version: () => ({
      ...{ version: '9.9.9', node: '24.0.0', platform: 'linux-x64', pid: 1, memory_mb: 1 },
      ...{ started_at: 1_700_000_000 },
    }),
  };
}
