/** An API over a real socket, whose engine, history and feed are a few objects in memory. */

import { type IncomingHttpHeaders, request } from 'node:http';
import { pino } from 'pino';
import { type Api, type ApiOptions, startApi } from '../../src/api/server.ts';
import { Fault } from '../../src/fault.ts';
import type { IbChoice } from '../../src/protocol/broker-choice.ts';
import type { ControlRequest, ControlResult } from '../../src/protocol/control.ts';
import type { EngineMetrics } from '../../src/protocol/engine-metrics.ts';
import type { OperationsQuery } from '../../src/protocol/ports.ts';
import type { RiskQuery, RiskView } from '../../src/protocol/risk-view.ts';
import type { StatisticsView } from '../../src/protocol/statistics-view.ts';
import type { OrderStoryView } from '../../src/protocol/story-view.ts';
import type {
  BookView,
  ConfigView,
  MachineView,
  OperationView,
  StatusRow,
  StatusView,
  TracedTransition,
} from '../../src/protocol/views.ts';
import { realMono, realWall } from '../../src/runtime/real-clock.ts';
import { fakeHost } from './fake-host.ts';
import { FakeFeed, FakeLogs } from './fake-streams.ts';

export const TOKEN = 'a-token-that-only-tests-know';

const ROW: StatusRow = {
  daemon_state: 'running',
  trading_state: 'MONITOR',
  symbol: 'NVDA',
  spot: 123.456,
  bid: 123.45,
  ask: 123.46,
  net_delta: -3.2,
  stock_position: -112,
  option_legs_count: 2,
  daily_hedge_count: 7,
  daily_pnl: -12.5,
  data_lag_ms: 3,
  config_summary: 'demo 0123456789ab',
  ts: 1_700_000_000,
};

export const BOOK: BookView = {
  ...ROW,
  account: 'DU1',
  hedge_state: 'EXEC_IDLE',
  state_space: { O: 'O1', D: 'D0', M: 'M1', L: 'L0', E: 'E0', S: 'S0' },
  greeks: { delta: 108.8, gamma: 4.1, theta: -31, vega: 55 },
  attribution: null,
  attribution_reason: 'no quotes yet',
  foreign_shares: 0,
  suspended: false,
  block_reasons: ['in_band'],
  why: 'net delta −3.2 is inside the band ±10',
  why_of: { code: 'in_band', net_delta: -3.2, low: -10, high: 10 },
  band: {
    policy: 'fixed_band',
    fallback: false,
    low: -10,
    high: 10,
    trigger_low: -25,
    trigger_high: 25,
    target_low: 0,
    target_high: 0,
    threshold: 25,
  },
  volatility: {
    realised: 0.31,
    implied: 0.28,
    ratio: 0.31 / 0.28,
    estimator: 'realised',
    window_min: 5,
  },
  market_closed: false,
  legs: [],
  smile: { strikes: 0, good: 0, dropped: 0 },
  alerts: [],
  trading_ts: 1_700_000_000_000,
};

const CONFIG: ConfigView = {
  summary: 'simulated 0123456789ab',
  applied_at: null,
  needs_restart: ['api.port'],
  refused: null,
  books: [],
};

export const STATUS: StatusView = {
  self_check: 'ok',
  block_reasons: [],
  status_lamp: 'green',
  trading_suspended: false,
  daemon_self_check: 'ok',
  daemon_lamp: 'green',
  daemon_block_reasons: [],
  daemon_heartbeat: {
    last_ts: 1_700_000_000,
    hedge_running: true,
    daemon_alive: true,
    ib_connected: true,
    ib_client_id: 1,
    next_retry_ts: null,
    seconds_until_retry: null,
    graceful_shutdown_at: null,
    heartbeat_interval_sec: 10,
  },
  status: ROW,
  books: [BOOK],
  accounts: [],
  alerts: [],
  accounts_fetched_at: 1_700_000_000,
  ib_config: { ib_host: '127.0.0.1', ib_port_type: 'custom' },
  mode: 'simulated',
  trading_ts: 1_700_000_000_000,
  quiescent: true,
};

const MACHINES: readonly MachineView[] = [
  {
    id: 'daemon',
    machine: 'daemon',
    value: { lifecycle: 'operating', admission: 'active' },
    label: 'running',
    since: 1_700_000_000,
    parent: null,
    events: ['STOP', 'SUSPEND'],
    context: { attempts: 1 },
    unknown_events: {},
  },
  {
    id: 'hedge:NVDA',
    machine: 'hedge',
    value: 'EXEC_IDLE',
    label: 'EXEC_IDLE',
    since: 1_700_000_000,
    parent: 'daemon',
    events: [],
    context: {},
    unknown_events: { NONSENSE: 2 },
  },
];

/** The newest of the machine's two transitions in the history, and one that moved nothing. */
function recentOf(machine: string, refused: boolean): readonly TracedTransition[] {
  const guards = [
    { state: 'HEDGE', event: 'DONE', guard: 'isMore', passed: false, target: 'SEND' },
  ];
  const move = { ts: 1_700_000_000, machine, from: 'HEDGE', to: 'NO_TRADE', event: 'DONE', guards };
  const stay = { ts: 1_700_000_001, machine, from: 'NO_TRADE', to: 'NO_TRADE', event: 'DONE' };
  return refused ? [stay, move] : [move];
}

/** A book without legs and shares: nothing is gained or lost anywhere. */
function riskOf(symbol: string, query: RiskQuery): RiskView {
  found([STATUS.status], (row) => row?.symbol === symbol, `book ${symbol}`);
  const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);
  const spots = zeros(query.spot_points);
  const vol_points = zeros(query.vol_steps);
  const days = zeros(query.day_steps);
  const cube = days.map(() => vol_points.map(() => spots));
  const start = { symbol, trading_ts: 1_700_000_000_000, spot: 100, shares: 0 };
  const grid = { pnl: cube, net_delta: cube, net_gamma: cube };
  return { ...start, legs: 0, left_out: [], spots, vol_points, days, ...grid, quotes: [] };
}

const NO_WINS = { wins: 0, losses: 0, even: 0, unknown: 0, rate: null };

/** As they are of a history without a row. */
export const NO_STATISTICS: StatisticsView = {
  from_day: null,
  until_day: null,
  time_zone: 'America/New_York',
  totals: { hedges: 0, shares: 0, commission: 0, slippage: 0, pnl: null },
  per_day: [],
  per_week: [],
  per_month: [],
  books: [],
  hedge_wins: NO_WINS,
  day_wins: NO_WINS,
  hedge_pnl: null,
  day_pnl: null,
  attribution: {
    ...{ delta: 0, gamma: 0, theta: 0, vega: 0, vanna_volga: 0, rho: 0, dividend: 0 },
    ...{ financing: 0, commission: 0, slippage: 0, option_spread: 0, exercise: 0 },
    ...{ unexplained: 0, total: 0 },
  },
  blocks: [],
  states: [],
};

const STORY: Omit<OrderStoryView, 'order_ref'> = {
  symbol: 'NVDA',
  account: 'DU1',
  ...{ intent: null, decision: null, transitions: [], reports: [], executions: [] },
  ...{ operations: [], outcome: null, ended_ts: null, filled: 0, pnl: null },
  costs: { commission: null, slippage: null },
};

const NO_COURSE = { from_ts: null, until_ts: null, step_s: 12, points: [], fills: [] };

/** The engine as a test sees and steers it. */
export class FakeEngine {
  status: () => StatusView = () => STATUS;
  readonly requests: ControlRequest[] = [];
  readonly queries: OperationsQuery[] = [];
  metrics: EngineMetrics | null = null;
  readonly choices: IbChoice[] = [];
  choose: (choice: IbChoice) => void = (choice) => this.choices.push(choice);
  result: ControlResult = { ok: true, status: 202, message: 'done' };
  operations: readonly OperationView[] = [];
  readonly feed = new FakeFeed();
  readonly logs = new FakeLogs();
  /** Faults that the simulated venue was asked for. */
  readonly injected: string[] = [];

  ports(): Omit<ApiOptions, keyof typeof SURROUNDINGS> {
    return {
      reads: {
        status: () => this.status(),
        machines: () =>
          MACHINES.map(({ context: _, unknown_events: _unknown, ...summary }) => summary),
        machine: (id) => found(MACHINES, (machine) => machine.id === id, `machine ${id}`),
        transitions: (machine, refused) => recentOf(machine, refused),
        explain: (symbol) => explainOf(symbol),
        config: () => CONFIG,
        actors: () => [],
      },
      risk: { risk: async (symbol, query) => riskOf(symbol, query) },
      controls: {
        control: async (request) => {
          this.requests.push(request);
          return this.result;
        },
        machineEvent: async (id, event, origin) => {
          this.requests.push({
            control: { command: 'stop' },
            origin: `${origin} ${id} ${event.type}`,
          });
          return this.result;
        },
      },
      history: {
        operations: async (query) => {
          this.queries.push(query);
          return { operations: this.operations, next_cursor: null };
        },
        transitions: async (machine) => [
          { ts: 1_700_000_000, machine, from: 'HEDGE', to: 'NO_TRADE', event: 'DONE' },
          { ts: 1_699_999_999, machine, from: 'PLAN', to: 'SEND', event: 'ALWAYS' },
        ],
        moves: async () => [{ from: 'HEDGE', to: 'NO_TRADE', event: 'DONE', count: 3 }],
        statistics: async () => NO_STATISTICS,
        shadows: async () => ({ from_day: null, until_day: null, rows: [] }),
        pnl: async (symbol) => ({ symbol, from_day: null, until_day: null, days: [], hedges: [] }),
        order: async (orderRef) => ({ ...STORY, order_ref: orderRef }),
        course: async (symbol) => ({ ...NO_COURSE, symbol }),
      },
      definitions: (id) => {
        found(MACHINES, (machine) => machine.id === id, `machine ${id}`);
        const layout = { width: 100, height: 50, states: [], edges: [] };
        const texts = { mermaid: 'stateDiagram-v2\n', scxml: '<scxml/>' };
        return { json: { id, states: {} }, ...texts, layout, toured: true };
      },
      feed: this.feed,
      logs: this.logs,
      hostPorts: fakeHost(this.injected),
      metrics: { metrics: () => this.metrics, deliveries: () => [] },
      brokerChoices: { choose: async (choice) => this.choose(choice) },
    };
  }
}

const SURROUNDINGS = {
  fallback: { mode: 'paper', ib_config: { ib_host: 'gw', ib_port_type: 'tws_paper' } },
  token: TOKEN,
  host: '127.0.0.1',
  port: 0,
  pageDir: '/nonexistent',
  version: '9.9.9',
  mono: realMono(),
  wall: realWall(),
  log: pino({ level: 'silent' }),
} as const;

export function startFakeApi(engine: FakeEngine, options: Partial<ApiOptions> = {}): Promise<Api> {
  return startApi({ ...engine.ports(), ...SURROUNDINGS, ...options });
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent as it is, instead of `body` as JSON. */
  readonly raw?: string | Buffer;
}

/** One request on a connection of its own, with any headers, also those that `fetch` forbids. */
export function ask(api: Pick<Api, 'port'>, path: string, options: Ask = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, raw } = options;
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const type = payload === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: api.port,
        path,
        method,
        agent: false,
        headers: { ...type, ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const isJson = /json/.test(response.headers['content-type'] ?? '') && text !== '';
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            body: isJson ? JSON.parse(text) : {},
          });
        });
      },
    );
    call.on('error', reject);
    call.end(payload);
  });
}

/** A POST as a program sends it. */
export function command(
  api: Pick<Api, 'port'>,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const authorization = `Bearer ${TOKEN}`;
  return ask(api, path, { method: 'POST', body, headers: { authorization, ...headers } });
}

function explainOf(symbol: string) {
  if (symbol !== 'NVDA') throw new Fault('not_found', `no book ${symbol}`);
  return {
    symbol,
    ts: 1_700_000_000,
    trading_state: 'MONITOR',
    hedge_state: 'EXEC_IDLE',
    verdict: 'blocked',
    why: BOOK.why,
    why_of: BOOK.why_of,
    short_sale: null,
    band: BOOK.band,
    gates: [
      {
        group: 'state',
        gate: 'in_band',
        pass: false,
        value: -3.2,
        limit: 10,
        unit: 'shares',
        since: 1_700_000_000_000,
        opens_at: null,
      },
    ],
    legs: [],
    would_be_order: null,
  } as const;
}

function found<T>(items: readonly T[], is: (item: T) => boolean, name: string): T {
  const item = items.find(is);
  if (item === undefined) throw new Fault('not_found', `no ${name}`);
  return item;
}
