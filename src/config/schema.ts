/**
 * The configuration file, whole: every key with its type, range, default, unit and meaning. With
 * its parts beside it, it is the only list of keys; validation, `config show` and the generated
 * reference all read it. Unknown keys are errors, because a misspelt limit is a limit that is not
 * there.
 */

import { z } from 'zod';
import {
  BROKER_MESSAGES_PER_SECOND,
  BROKER_MESSAGES_PER_SECOND_MIN,
  MARKET_LINES,
  MAX_BOOKS,
  MAX_LINES,
  MAX_MARKET_WORKERS,
  MAX_SHADOWS,
} from '../limits.ts';
import { type BookSections, bookSections, type DeepPartial, partialOf } from './book-schema.ts';
import { journal, path, recorder, store } from './history-schema.ts';

/** The ports that TWS and IB Gateway listen on as they are shipped. */
export const IB_PORTS = {
  tws_live: 7496,
  tws_paper: 7497,
  gateway_live: 4001,
  gateway_paper: 4002,
} as const;

const port = z.int().min(1).max(65_535);
const portOrAny = z.int().min(0).max(65_535);
const host = z
  .string()
  .regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$|^::1?$/, 'a host name or IP address');
const account = z.string().regex(/^[A-Za-z0-9]{2,20}$/, 'an account id such as DU1234567');
/** Long enough not to be guessed, and legal in a header. */
const token = z
  .string()
  .regex(/^[A-Za-z0-9._~+/=-]{16,512}$/, '16 to 512 letters, digits and ._~+/=-');

const broker = z.strictObject({
  deployment: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,15}$/, 'at most 16 small letters, digits and hyphens')
    .default('bifrost')
    .describe('First part of every order reference: names this installation in a shared account'),
  host: host.default('127.0.0.1').describe('Host of TWS or IB Gateway'),
  port: port.default(IB_PORTS.tws_paper).describe('Port of TWS or IB Gateway'),
  port_type: z
    .enum(['tws_live', 'tws_paper', 'gateway_live', 'gateway_paper', 'custom'])
    .default('tws_paper')
    .describe('The port by name: 7496, 7497, 4001 and 4002, in this order; custom: as port says'),
  client_id: z.int().min(1).max(9999).default(1).describe('Client id of the order connection'),
  market_data_client_id: z
    .int()
    .min(1)
    .max(9999)
    .default(2)
    .describe('Client id of the market-data connection'),
  market_data_workers: z
    .int()
    .min(1)
    .max(MAX_MARKET_WORKERS)
    .default(1)
    .describe(
      'Market-data connections, each with a thread and a part of the books: their client ids ' +
        'count from market_data_client_id on',
    ),
  connect_timeout_s: z.int().min(1).max(120).default(15).describe('Of one attempt, seconds'),
  retry_interval_s: z.int().min(1).max(3600).default(10).describe('Between attempts, seconds'),
  heartbeat_s: z
    .int()
    .min(1)
    .max(60)
    .default(5)
    .describe('Between time requests that prove the connection alive, seconds'),
  messages_per_second: z
    .int()
    .min(BROKER_MESSAGES_PER_SECOND_MIN)
    .max(10_000)
    .default(BROKER_MESSAGES_PER_SECOND)
    .describe('Sent on both connections; IB allows half as many as market-data lines, or 50'),
  market_data_lines: z
    .int()
    .min(1)
    .max(MAX_LINES)
    .default(MARKET_LINES)
    .describe(
      'What the account may watch at once; TWS windows count too. Strikes for smiles have what ' +
        'underlyings and legs leave',
    ),
  reset_windows: z
    .array(z.string().regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, 'as 00:15-01:45'))
    .max(8)
    .default(['00:15-01:45'])
    .describe('When IB restarts its servers, New York time: a loss then is said to be expected'),
  trading_clock: z
    .enum(['broker', 'lockstep'])
    .default('broker')
    .describe('broker: time runs with the broker; lockstep: a driver steps the simulated gateway'),
  clock_rate: z
    .number()
    .min(1)
    .max(10)
    .default(1)
    .describe('How fast the simulated gateway runs, times real time'),
});

const gateway = z.strictObject({
  scenario: path
    .default('config/scenarios/demo.yaml')
    .describe('Scenario of the simulated gateway, a file'),
  port: portOrAny.default(0).describe('Its TWS port; 0: any free one'),
  admin_port: portOrAny.default(0).describe('Its admin port; 0: any free one'),
  cap: z
    .int()
    .min(157)
    .max(193)
    .default(178)
    .describe('Newest protocol version that it speaks, a TWS server version'),
});

const overrides = z
  .strictObject({
    gates: partialOf(withoutAccountGuard()).optional().describe('Any key of gates but account'),
    hedging: partialOf(bookSections.hedging).optional().describe('Any key of hedging'),
    order: partialOf(bookSections.order).optional().describe('Any key of order'),
    greeks: partialOf(bookSections.greeks).optional().describe('Any key of greeks'),
  })
  .transform((value) => value as DeepPartial<BookSections>);

const shadowOverrides = z
  .strictObject({
    gates: partialOf(ofShadow())
      .optional()
      .describe('Any key of gates but those of legs, quotes and the account, which are the same'),
    hedging: partialOf(bookSections.hedging).optional().describe('Any key of hedging'),
    order: partialOf(bookSections.order).optional().describe('Any key of order'),
  })
  .transform((value) => value as DeepPartial<BookSections>);

const shadow = z.strictObject({
  name: z
    .string()
    .regex(/^(?!live$)[a-z0-9][a-z0-9-]{0,23}$/, 'at most 24 small letters, digits and hyphens')
    .describe('By which the board calls it; live is the book itself'),
  latency_ms: z
    .int()
    .min(0)
    .max(60_000)
    .default(50)
    .describe('On the way of its orders to the simulated exchange, ms'),
  overrides: shadowOverrides.prefault({}).describe('Its values in place of those of the book'),
});

const book = z.strictObject({
  symbol: z
    .string()
    .regex(/^[A-Z][A-Z0-9. ]{0,11}$/, 'a ticker symbol in capitals')
    .describe('The underlying'),
  con_id: z.int().min(1).nullable().default(null).describe('Its contract id; null: looked up'),
  account: account.nullable().default(null).describe('The account; needed when there are several'),
  strategy_enabled: z.boolean().default(true).describe('Whether this book is hedged at all'),
  overrides: overrides.prefault({}).describe('Values of this book instead of the general ones'),
  shadows: z
    .array(shadow)
    .max(MAX_SHADOWS)
    .default([])
    .describe('Other settings that decide on the same quotes and send no order: a leaderboard'),
});

const daemon = z.strictObject({
  heartbeat_interval_s: z
    .int()
    .min(5)
    .max(120)
    .default(10)
    .describe('Between status snapshots, seconds; set by hand, that stays until this is changed'),
  control_file: path
    .nullable()
    .default(null)
    .describe('A file that stops the daemon when it says stop; null: none'),
});

const ha = z.strictObject({
  standby: z
    .boolean()
    .default(false)
    .describe('Writes only while it holds the lease, and waits as standby while another does'),
  lease_s: z
    .int()
    .min(2)
    .max(300)
    .default(10)
    .describe('How long a writer that is not heard of keeps its place, seconds; the same on both'),
});

const parity = z.strictObject({
  at: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'as 18:00')
    .nullable()
    .default('18:00')
    .describe('When the journal of the day is replayed and compared, New York time; null: never'),
});

const api = z.strictObject({
  host: host.default('127.0.0.1').describe('Address to listen on; beyond loopback reads need auth'),
  port: portOrAny.default(8765).describe('Port of API and page; 0: any free one'),
  token: token
    .nullable()
    .default(null)
    .describe('Secret of control calls; null: generated. Better set by BIFROST_API_TOKEN'),
  allowed_hosts: z
    .array(host)
    .max(32)
    .default([])
    .describe('Host names, besides loopback and host, under which the API answers'),
});

const webhook = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'at most 32 small letters, digits and hyphens')
    .describe('By which log and metrics call it: the address itself is a secret'),
  url: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null)
    .describe('Where it is sent; whoever has it can write there. Better set by url_env'),
  url_env: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,63}$/, 'the name of an environment variable')
    .nullable()
    .default(null)
    .describe('The environment variable that holds the address'),
  format: z
    .enum(['json', 'slack', 'discord', 'telegram', 'ntfy'])
    .default('json')
    .describe('What the other side reads; json: every field of the alert'),
  chat_id: z
    .string()
    .regex(/^-?\d{1,20}$|^@\w{5,64}$/, 'a chat id such as -1001234567890')
    .nullable()
    .default(null)
    .describe('Of a Telegram chat'),
  events: z
    .array(z.enum(['lamp', 'alert', 'latch', 'reject', 'disconnect', 'report']))
    .min(1)
    .default(['lamp', 'alert', 'latch', 'reject', 'disconnect', 'report'])
    .describe('Which of them are sent'),
  per_minute: z.int().min(1).max(60).default(10).describe('At most, 1/min; more are told as one'),
});

const alerts = z.strictObject({
  webhooks: z.array(webhook).max(8).default([]).describe('Where alerts are sent'),
  disconnect_after_s: z
    .int()
    .min(1)
    .max(86_400)
    .default(60)
    .describe('A broker that is away for longer is told, seconds'),
  repeat_after_s: z
    .int()
    .min(60)
    .max(86_400)
    .default(900)
    .describe('The same is not told again within, seconds'),
  daily_report_at: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'as 16:15')
    .nullable()
    .default('16:15')
    .describe('When the report of a trading day is sent, New York time; null: never'),
});

export const configSchema = z.strictObject({
  mode: z
    .enum(['simulated', 'paper', 'live'])
    .describe('simulated: against our own gateway; paper or live: against Interactive Brokers'),
  live_account: account
    .nullable()
    .default(null)
    .describe('Live only: the account that must be logged in, named a second time on purpose'),
  evaluation_interval_ms: z
    .int()
    .min(0)
    .max(1000)
    .default(20)
    .describe('Shortest time between two evaluations of a book, ms'),
  broker: broker.prefault({}).describe('The connection to Interactive Brokers'),
  gateway: gateway.prefault({}).describe('The simulated gateway; simulated mode only'),
  books: z.array(book).min(1).max(MAX_BOOKS).describe('One per underlying'),
  greeks: bookSections.greeks.prefault({}).describe('How options are priced'),
  order: bookSections.order.prefault({}).describe('How hedge orders are worked'),
  hedging: bookSections.hedging.prefault({}).describe('When and how far to hedge'),
  gates: bookSections.gates.prefault({}).describe('What must hold for a hedge to be sent'),
  daemon: daemon.prefault({}).describe('The process'),
  ha: ha.prefault({}).describe('Two daemons on one database, of which one writes'),
  journal: journal.prefault({}).describe('The local record of everything decided'),
  store: store.prefault({}).describe('The database'),
  recorder: recorder.prefault({}).describe('Recorded quotes, for backtests and replays'),
  parity: parity.prefault({}).describe('The nightly replay of our own journal'),
  api: api.prefault({}).describe('HTTP API and page'),
  alerts: alerts.prefault({}).describe('Alerts'),
});

export type Config = DeepReadonly<z.output<typeof configSchema>>;
export type BookConfig = Config['books'][number];

/** Sections that a running daemon takes over when the file changes; others need a restart. */
export const HOT_SECTIONS = ['gates', 'hedging', 'greeks', 'order', 'recorder'] as const;

/** Values that no log, page or `config show` prints, and that the hash leaves out. */
export const SECRET_PATHS = ['store.database_url', 'api.token', 'alerts.webhooks.*.url'] as const;

export type DeepReadonly<T> = T extends readonly (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** Legs and quotes are the book's own, priced once for all. */
function ofShadow() {
  const gates = withoutAccountGuard();
  const strategy = gates.shape.strategy.unwrap().omit({ structure: true });
  const state = gates.shape.state.unwrap().omit({ market: true, iv_max_age_s: true });
  return gates.extend({
    strategy: strategy.describe('Whether the strategy wants to hedge now'),
    state: state.describe('Whether book, market and data allow a hedge'),
  });
}

function withoutAccountGuard() {
  const { gates } = bookSections;
  const guard = gates.shape.guard.unwrap();
  return gates.extend({ guard: guard.omit({ account: true }).describe('Limits of the book') });
}
