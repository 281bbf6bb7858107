/** `bifrost gateway`: the simulated IB gateway alone, for any client of the TWS API. */

import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { Fault } from '../fault.ts';
import { type GatewayHost, startGatewayHost } from '../gateway/host.ts';
import { EXCHANGE_ID, loadScenario, type Scenario } from '../gateway/sim/scenario.ts';
import { createLogger } from '../log.ts';
import { packageFile } from '../package.ts';
import { realMono } from '../runtime/real-clock.ts';
import { openDataDir } from '../store/data-dir.ts';
import { openDataset } from '../store/dataset.ts';

interface GatewayFlags {
  readonly scenario: string;
  readonly host: string;
  readonly port: number;
  readonly adminPort: number;
  readonly dataDir: string;
  readonly cap: number;
  readonly exchangeId?: string;
}

const DEMO = packageFile('config/scenarios/demo.yaml');
/** Where clients look for a paper TWS. */
const PORT_DEFAULT = 7497;
const ADMIN_PORT_DEFAULT = 7498;

const HELP = `
It speaks the TWS API's socket protocol, so a client written for TWS or IB Gateway connects as it
does there; host 127.0.0.1, any client id:

  Python  ib_async: IB().connect('127.0.0.1', 7497, clientId=1)
  Node    @stoqey/ib: new IBApi({ host: '127.0.0.1', port: 7497, clientId: 1 }).connect()
  Java    EClientSocket: eConnect("127.0.0.1", 7497, 1)

With the default scenario try the account DU0000001, the stock NVDA (SMART, USD) and its options.
The account, its orders and the clock go on at the next start; remove the data directory to begin
anew. What the exchange itself knows, and what it can be made to do, is on the admin port:

  curl -s 127.0.0.1:7498/ledger
  curl -s 127.0.0.1:7498/time
  curl -s 127.0.0.1:7498/market -d '{"symbol":"NVDA","move_pct":-2}'
  curl -s 127.0.0.1:7498/orders -d '{"symbol":"NVDA","side":"BUY","quantity":100}'
  curl -s 127.0.0.1:7498/faults -d '{"type":"half_open","for_s":30}'
  curl -s 127.0.0.1:7498/step   -d '{"to":1789394460}'      (lock_step: true; unix seconds)

Scenario files are YAML; config/scenarios has some to start from. Ctrl-C ends it.
`;

export function gatewayCommand(): Command {
  return new Command('gateway')
    .description('run the simulated IB gateway alone: any TWS API client can connect')
    .option('--scenario <file>', 'the world it starts from', DEMO)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port for TWS API clients, 0 = any free', toPort, PORT_DEFAULT)
    .option('--admin-port <n>', 'port of the admin API (loopback)', toPort, ADMIN_PORT_DEFAULT)
    .option('--data-dir <dir>', 'where the exchange persists', defaultDataDir())
    .option('--cap <n>', 'highest protocol version announced, 157 to 193', toCap, 178)
    .option('--exchange-id <hex>', 'fixes perm and execution ids; default: random', toExchangeId)
    .addHelpText('after', HELP)
    .action(async (flags: GatewayFlags) => {
      await runGateway(flags);
    });
}

/** Runs until SIGINT or SIGTERM; the returned promise then resolves when all is closed. */
async function runGateway(flags: GatewayFlags): Promise<void> {
  const { exchangeId } = flags;
  const fixed = exchangeId === undefined ? {} : { exchange_id: exchangeId };
  const scenario = { ...loadScenario(flags.scenario), ...fixed };
  const stopped = stopSignal();
  // Two exchanges on one journal would destroy it.
  const dataDir = await lockDataDir(flags.dataDir);
  try {
    const host = await start(flags, scenario, dataDir.path);
    announce(flags, host);
    await stopped;
    await host.close();
  } finally {
    await dataDir.close();
  }
}

function start(flags: GatewayFlags, scenario: Scenario, dataDir: string): Promise<GatewayHost> {
  const { host, port, adminPort, cap } = flags;
  const log = createLogger({ level: 'info', pretty: process.stderr.isTTY });
  const mono = realMono();
  const { recorded } = scenario;
  const tape = recorded === undefined ? {} : { tape: openDataset(recorded.dir).tape() };
  return startGatewayHost({ scenario, ...tape, dataDir, host, port, adminPort, cap, mono, log });
}

async function lockDataDir(dir: string): Promise<Awaited<ReturnType<typeof openDataDir>>> {
  try {
    return await openDataDir(dir);
  } catch (error) {
    if (error instanceof Fault && error.code === 'daemon_running') {
      throw new Fault(error.code, error.message, { remedy: 'give another --data-dir' });
    }
    throw error;
  }
}

function announce(flags: GatewayFlags, { port, adminPort, exchange }: GatewayHost): void {
  process.stdout.write(
    `simulated gateway on ${flags.host}:${port}, admin http://127.0.0.1:${adminPort}, ` +
      `account ${exchange.accounts.join(', ')}\n`,
  );
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

function defaultDataDir(): string {
  return join(process.env['BIFROST_DATA_DIR'] ?? 'data', 'gateway');
}

function toPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('a port is a number from 0 to 65535.');
}

function toCap(text: string): number {
  const cap = Number(text);
  if (Number.isInteger(cap) && cap >= 157 && cap <= 193) return cap;
  throw new InvalidArgumentError('a version from 157 to 193.');
}

function toExchangeId(text: string): string {
  if (EXCHANGE_ID.test(text)) return text;
  throw new InvalidArgumentError('up to 36 digits 0-9 a-f and dashes, such as e0d5.');
}
