/**
 * The configuration of the earlier Python engine, as one of ours. What it said is said here under
 * our names and in our units; what it left out is written down where its default was another than
 * ours is; and what has no meaning here is named, for a limit that is lost in silence is no limit.
 */

import { parse, stringify } from 'yaml';
import { Fault } from '../fault.ts';
import type { Environment } from './load.ts';
import { IB_PORTS } from './schema.ts';

export interface Converted {
  /** A configuration file, with its remarks as comments at its head. */
  readonly text: string;
  /** What the operator should know or decide, a line each. */
  readonly remarks: readonly string[];
}

type Sections = Readonly<Record<string, unknown>>;

interface Rule {
  /** Where it may stand, the newest place first. */
  readonly from: readonly string[];
  readonly to: string;
  readonly as?: (value: unknown) => unknown;
}

/** Of older files, sections stand at the top level or under `state_space`. */
function inSection(place: string, section: string, keys: readonly string[]): readonly Rule[] {
  return keys.map((key) => ({
    from: [`${place}.${section}.${key}`, `state_space.${section}.${key}`, `${section}.${key}`],
    to: `${place}.${section}.${key}`,
  }));
}

/** A fraction there, percent here. 0.035 × 100 is not 3.5 to the last bit. */
const percent = (value: unknown): unknown =>
  typeof value === 'number' ? Number((value * 100).toPrecision(12)) : value;
const whole = (value: unknown): unknown =>
  typeof value === 'number' ? Math.max(1, Math.round(value)) : value;

const THRESHOLD = 'gates.state.delta.threshold_hedge_shares';
const ATM = 'gates.strategy.structure.atm_band_pct';

const RULES: readonly Rule[] = [
  { from: ['ib.host'], to: 'broker.host' },
  { from: ['ib.client_id'], to: 'broker.client_id' },
  { from: ['ib.connect_timeout'], to: 'broker.connect_timeout_s', as: whole },
  { from: ['daemon.ib_retry_interval_sec'], to: 'broker.retry_interval_s', as: whole },
  { from: ['greeks.risk_free_rate'], to: 'greeks.risk_free_rate' },
  { from: ['greeks.volatility'], to: 'greeks.volatility' },
  { from: ['order.order_type'], to: 'order.order_type' },
  ...inSection('gates.strategy', 'structure', ['min_dte', 'max_dte']),
  ...inSection('gates.strategy', 'structure', ['atm_band_pct']).map((rule) => ({
    ...rule,
    as: percent,
  })),
  ...inSection('gates.strategy', 'earnings', [
    'blackout_days_before',
    'blackout_days_after',
    'dates',
  ]),
  {
    from: ['gates.strategy.trading_hours_only', 'trading_hours_only'],
    to: 'gates.strategy.trading_hours_only',
  },
  ...inSection('gates.state', 'delta', [
    'epsilon_band',
    'threshold_hedge_shares',
    'max_delta_limit',
  ]),
  {
    from: [
      'gates.state.delta.hedge_threshold',
      'state_space.delta.hedge_threshold',
      'delta.hedge_threshold',
    ],
    to: THRESHOLD,
  },
  ...inSection('gates.state', 'market', ['vol_window_min', 'stale_ts_threshold_ms']),
  ...inSection('gates.state', 'liquidity', ['wide_spread_pct', 'extreme_spread_pct']),
  ...inSection('gates.state', 'system', ['data_lag_threshold_ms']),
  ...inSection('gates.intent', 'hedge', [
    'min_hedge_shares',
    'cooldown_seconds',
    'max_hedge_shares_per_order',
    'min_price_move_pct',
  ]),
  ...inSection('gates.guard', 'risk', [
    'max_daily_hedge_count',
    'max_position_shares',
    'max_daily_loss_usd',
    'max_net_delta_shares',
    'max_spread_pct',
  ]),
  { from: ['daemon.heartbeat_interval'], to: 'daemon.heartbeat_interval_s', as: whole },
  { from: ['status_server.port'], to: 'api.port' },
];

const PAPER_TRADE = [
  'gates.guard.risk.paper_trade',
  'state_space.risk.paper_trade',
  'risk.paper_trade',
];
const HANDLED = [...PAPER_TRADE, 'symbol', 'ib.port', 'status.sink'];
const POSTGRES = ['host', 'port', 'database', 'user', 'password'] as const;

/** `text` is the earlier engine's file, `env` what it also read: PGHOST, PGPORT and so on. */
export function convertConfig(text: string, env: Environment): Converted {
  const old = parse(text) as unknown;
  if (!isRecord(old)) {
    throw new Fault('config_invalid', 'this is no configuration of the earlier engine', {
      remedy: 'name its YAML file',
    });
  }
  const values = flatten(old);
  const taken = new Set<string>(HANDLED);
  const remarks: string[] = [];
  const ours = mode(values, remarks);
  port(ours, values, remarks);
  for (const rule of RULES) apply(rule, values, ours, taken, remarks);
  put(ours, 'books', [{ symbol: String(values.get('symbol') ?? 'NVDA').toUpperCase() }]);
  if (!values.has('symbol')) remarks.push('symbol was not set: NVDA, as there; change books');
  laterDefaults(ours, remarks);
  database(ours, values, env, remarks);
  for (const key of values.keys()) {
    const isPostgres = POSTGRES.some((name) => key === `status.postgres.${name}`);
    if (!taken.has(key) && !isPostgres) remarks.push(`${key} is not taken over: unknown here`);
  }
  return { text: textOf(ours, remarks), remarks };
}

function apply(
  { from, to, as = (value) => value }: Rule,
  values: ReadonlyMap<string, unknown>,
  ours: Record<string, unknown>,
  taken: Set<string>,
  remarks: string[],
): void {
  for (const key of from) {
    if (!values.has(key)) continue;
    const before = [...taken].find((each) => each !== key && sameTarget(each, to));
    taken.add(key);
    if (before !== undefined && values.has(before)) {
      remarks.push(`${key} is not taken over: ${before} says it too, and is newer`);
      continue;
    }
    const value = as(values.get(key));
    put(ours, to, value);
    if (to === ATM) remarks.push(`${key} was a fraction, and is percent now: ${value}`);
    else if (key.endsWith('hedge_threshold')) remarks.push(`${key} is ${to} now`);
  }
}

/** Whether a place of the earlier file that was taken already gave this value. */
function sameTarget(key: string, to: string): boolean {
  return RULES.some((rule) => rule.to === to && rule.from.includes(key));
}

function mode(values: ReadonlyMap<string, unknown>, remarks: string[]): Record<string, unknown> {
  const key = PAPER_TRADE.find((each) => values.has(each));
  if (key === undefined || values.get(key) !== false) return { mode: 'paper' };
  remarks.push(`${key} is false: put your account into live_account, or nothing is traded`);
  // It belongs to nobody, so that the file alone trades nothing.
  return { mode: 'live', live_account: 'U0000000' };
}

function port(
  ours: Record<string, unknown>,
  values: ReadonlyMap<string, unknown>,
  remarks: string[],
): void {
  const number = values.get('ib.port') ?? IB_PORTS.tws_paper;
  const type = Object.entries(IB_PORTS).find(([, each]) => each === number)?.[0];
  put(ours, 'broker.deployment', ours['mode']);
  if (type === undefined) put(ours, 'broker.port', number);
  else put(ours, 'broker.port_type', type);
  const isLivePort = type === 'tws_live' || type === 'gateway_live';
  if (type !== undefined && isLivePort !== (ours['mode'] === 'live')) {
    const money = isLivePort ? 'real money' : 'paper';
    remarks.push(
      `port ${number} is that of ${money}, and mode is ${ours['mode']}: mend one of them`,
    );
  }
}

/** Where nothing was said, its default holds on: ours is another. */
function laterDefaults(ours: Record<string, unknown>, remarks: string[]): void {
  const client = lookUp(ours, 'broker.client_id');
  if (typeof client === 'number') put(ours, 'broker.market_data_client_id', client + 1);
  if (lookUp(ours, 'broker.retry_interval_s') === undefined) {
    put(ours, 'broker.retry_interval_s', 30);
  }
  put(ours, 'gates.strategy.earnings.mode', 'block');
  remarks.push('around earnings nothing is hedged (mode block), as there; alert would be ours');
}

function database(
  ours: Record<string, unknown>,
  values: ReadonlyMap<string, unknown>,
  env: Environment,
  remarks: string[],
): void {
  const sink = values.get('status.sink') ?? 'postgres';
  if (sink !== 'postgres') {
    remarks.push(`status.sink ${String(sink)} is not known here: history goes to JSON lines`);
    put(ours, 'store.sink', 'jsonl');
    return;
  }
  put(ours, 'store.sink', 'postgres');
  const part = (name: (typeof POSTGRES)[number]): string | undefined => {
    const value = values.get(`status.postgres.${name}`) ?? env[`PG${name.toUpperCase()}`];
    return value === undefined || value === null || value === '' ? undefined : String(value);
  };
  const host = part('host');
  if (host === undefined) {
    remarks.push('no status.postgres: the embedded database is used, without the old history');
    return;
  }
  const password = part('password');
  const login = [part('user') ?? 'postgres', ...(password === undefined ? [] : [password])];
  const name = part('database') ?? 'postgres';
  const url = `${login.map(encodeURIComponent).join(':')}@${host}:${part('port') ?? 5432}/${name}`;
  put(ours, 'store.database_url', `postgresql://${url}`);
  if (password !== undefined) {
    remarks.push(
      'store.database_url holds a password: keep the file to yourself, or use DATABASE_URL',
    );
  }
}

function flatten(value: unknown, path = ''): Map<string, unknown> {
  if (!isRecord(value)) return new Map([[path, value]]);
  const entries = Object.entries(value).flatMap(([key, child]) => [
    ...flatten(child, path === '' ? key : `${path}.${key}`),
  ]);
  return new Map(entries);
}

function put(into: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at = into;
  for (const key of keys) {
    const next = at[key];
    const section: Record<string, unknown> = isRecord(next) ? { ...next } : {};
    at[key] = section;
    at = section;
  }
  at[last] = value;
}

function lookUp(from: Record<string, unknown>, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), from);
}

function textOf(ours: Sections, remarks: readonly string[]): string {
  const head = ['Converted from the configuration of the earlier Python engine.', ...remarks];
  return `${head.map((line) => `# ${line}`).join('\n')}\n${stringify(ours)}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
