/**
 * The gateway under load, in a process of its own: exchange, server and admin port, as
 * `bifrost gateway` runs them. It tells what it used of a core.
 */

import assert from 'node:assert/strict';
import { startGatewayHost } from '../../../src/gateway/host.ts';
import { parseScenario } from '../../../src/gateway/sim/scenario.ts';
import { createLogger } from '../../../src/log.ts';
import { realMono } from '../../../src/runtime/real-clock.ts';
import {
  LINES,
  OPTIONS_OF_EACH,
  type ServerAnswer,
  type ServerCommand,
  STOCKS,
  TICK_MS,
} from './protocol.ts';

const [dataDir = ''] = process.argv.slice(2);
assert(dataDir !== '', 'the folder of the exchange is given');

const host = await startGatewayHost({
  scenario: parseScenario(scenario(), 'bench'),
  dataDir,
  host: '127.0.0.1',
  port: 0,
  adminPort: 0,
  mono: realMono(),
  log: createLogger({ level: 'warn', pretty: false }),
});
const any = { conId: 0, symbol: '', secType: '', expiry: '', strike: 0, right: '' };
const conIds = host.exchange.findContracts(any).map(({ contract }) => contract.conId);
assert.equal(conIds.length, LINES);

process.on('message', (_command: ServerCommand) => {
  const { user, system } = process.cpuUsage();
  answer({ type: 'usage', cpuMs: (user + system) / 1000, elapsedMs: performance.now() });
});
process.once('SIGTERM', () => {
  void host.close().then(() => process.disconnect());
});
answer({ type: 'listening', port: host.port, conIds });

function answer(message: ServerAnswer): void {
  process.send?.(message);
}

/** So lively that nearly every option shows another price at every tick. */
function scenario(): object {
  const names = ['AAA', 'BBB', 'CCC', 'DDD'].slice(0, STOCKS);
  const strikes = Array.from({ length: OPTIONS_OF_EACH / 4 }, (_, index) => 185 + 5 * index);
  return {
    seed: 32,
    start: '2026-09-14 10:00',
    tick_ms: TICK_MS,
    option_quote_ms: TICK_MS,
    accounts: [{ id: 'DU0000001', cash: 1_000_000 }],
    underlyings: names.map((symbol) => ({
      symbol,
      price: 200,
      model: { volatility: 3, reversion_min: 5 },
      chain: { dtes: [21, 49], strikes },
    })),
  };
}
