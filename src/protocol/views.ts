/**
 * What the daemon shows of itself, in the words of a public contract. Each view is declared once:
 * its type, the check that a test makes of every answer, and its page in the API's description come
 * of the same schema. Units and signs stand with the fields.
 */

import { z } from 'zod';
import type { BookSettings } from '../domain/settings.ts';
import { alertView } from './alert-view.ts';
import { attributionView } from './attribution-view.ts';
import { bandView, volatilityView } from './band-view.ts';
import { legView } from './leg-view.ts';
import { parityView } from './parity.ts';
import { recorderView } from './recorder-view.ts';
import { shortSaleView, whyView } from './why-view.ts';

/** Every view is exact: what is not declared here is not shown. */
function view<S extends z.core.$ZodShape>(shape: S) {
  return z.strictObject(shape).readonly();
}

const bookSettings = z
  .custom<BookSettings>((value) => typeof value === 'object' && value !== null)
  .describe('As in the configuration file.');

const selfCheck = z.enum(['ok', 'degraded', 'blocked']);
export type SelfCheck = z.output<typeof selfCheck>;
const lamp = z.enum(['green', 'yellow', 'red']);
export type Lamp = z.output<typeof lamp>;

export const heartbeatView = view({
  last_ts: z.number().nullable(),
  hedge_running: z.boolean(),
  daemon_alive: z.boolean(),
  ib_connected: z.boolean(),
  ib_client_id: z.number().nullable(),
  next_retry_ts: z.number().nullable(),
  seconds_until_retry: z.number().nullable(),
  graceful_shutdown_at: z.number().nullable(),
  heartbeat_interval_sec: z.number(),
});
export type HeartbeatView = z.output<typeof heartbeatView>;

/** The fields of R-M1a. */
export const statusRow = view({
  daemon_state: z.string(),
  trading_state: z.string(),
  symbol: z.string(),
  spot: z.number().nullable(),
  bid: z.number().nullable(),
  ask: z.number().nullable(),
  net_delta: z.number().nullable(),
  stock_position: z.number(),
  option_legs_count: z.number(),
  daily_hedge_count: z.number(),
  daily_pnl: z.number().nullable(),
  data_lag_ms: z.number().nullable(),
  config_summary: z.string(),
  ts: z.number(),
});
export type StatusRow = z.output<typeof statusRow>;

export const stateSpaceView = view({
  O: z.string(),
  D: z.string(),
  M: z.string(),
  L: z.string(),
  E: z.string(),
  S: z.string(),
});
export type StateSpaceView = z.output<typeof stateSpaceView>;

/** An alert that holds now; its rise and its end are rows of `operations`. */
export const bookView = view({
  ...statusRow.unwrap().shape,
  account: z.string(),
  hedge_state: z.string(),
  state_space: stateSpaceView,
  greeks: view({
    delta: z.number().nullable(),
    gamma: z.number().nullable(),
    theta: z.number().nullable(),
    vega: z.number().nullable(),
  }).describe('Of the whole book: shares, shares per dollar, USD per day, USD per vol point.'),
  attribution: attributionView
    .nullable()
    .describe("Where the day's P&L came from, USD; its total is daily_pnl. Null while not known."),
  attribution_reason: z.string().nullable().describe('Why there is none.'),
  foreign_shares: z.number().nullable(),
  suspended: z.boolean(),
  block_reasons: z.array(z.string()).readonly(),
  why: z.string().describe('Why it does not hedge now, or that it does, in one sentence.'),
  why_of: whyView.describe('What `why` says, for other languages.'),
  band: bandView,
  volatility: volatilityView,
  market_closed: z.boolean(),
  legs: z.array(legView).readonly(),
  smile: view({
    strikes: z.number().describe('Watched for it; none where no smile is used.'),
    good: z.number().describe('Of them with a quote that may be believed by itself.'),
    dropped: z.number().describe('Wanted, and without a market-data line.'),
  }).describe('Options beside the legs that the smiles of their expiries are fitted to.'),
  alerts: z.array(alertView).readonly().describe('What an operator should look at.'),
  trading_ts: z.number().nullable().describe('Trading time of the evaluation shown, epoch ms.'),
});
export type BookView = z.output<typeof bookView>;

export const positionView = view({
  symbol: z.string(),
  secType: z.enum(['STK', 'OPT']),
  exchange: z.string(),
  currency: z.string(),
  expiry: z.string().nullable(),
  strike: z.number().nullable(),
  right: z.enum(['C', 'P']).nullable(),
  position: z.number(),
  avgCost: z.number(),
  price: z.number().nullable(),
  unrealized_pnl: z.number().nullable(),
  moneyness: z.number().nullable().describe('Of options, % of the strike: + is in the money.'),
});
export type PositionView = z.output<typeof positionView>;

export const accountView = view({
  account_id: z.string(),
  summary: z.record(z.string(), z.string()).readonly(),
  positions: z.array(positionView).readonly(),
});
export type AccountView = z.output<typeof accountView>;

export const statusView = view({
  self_check: selfCheck,
  block_reasons: z.array(z.string()).readonly(),
  status_lamp: lamp,
  trading_suspended: z.boolean(),
  daemon_self_check: selfCheck,
  daemon_lamp: lamp,
  daemon_block_reasons: z.array(z.string()).readonly(),
  daemon_heartbeat: heartbeatView,
  status: statusRow.nullable(),
  books: z.array(bookView).readonly(),
  alerts: z.array(alertView).readonly().describe('Of all books, the account and the daemon.'),
  accounts: z.array(accountView).readonly(),
  accounts_fetched_at: z.number().nullable(),
  ib_config: view({
    ib_host: z.string(),
    ib_port_type: z.string(),
  }),
  mode: z.enum(['simulated', 'paper', 'live']),
  trading_ts: z.number().nullable().describe("The broker's time, epoch ms."),
  quiescent: z.boolean().describe('Nothing is under way at it: a lock-step driver may go on.'),
  recorder: recorderView
    .nullable()
    .optional()
    .describe('The recorder of quotes; null where none runs, absent where nobody can know.'),
  parity: parityView
    .nullable()
    .optional()
    .describe('The latest replay of the journal; null before the first.'),
});
export type StatusView = z.output<typeof statusView>;

export const machineSummary = view({
  id: z.string(),
  machine: z.string(),
  value: z
    .unknown()
    .describe(
      'The state value as the machine gives it (a name, or an object for parallel regions).',
    ),
  label: z.string(),
  since: z.number().describe('Wall time, unix seconds, since when it is in this state.'),
  parent: z.string().nullable(),
  events: z.array(z.string()).readonly().describe('Public events it would accept now.'),
});
export type MachineSummary = z.output<typeof machineSummary>;

export const machineView = view({
  ...machineSummary.unwrap().shape,
  context: z.unknown(),
  unknown_events: z
    .record(z.string(), z.number())
    .readonly()
    .describe(
      'Events that were refused because no state of the machine knows them, with how often.',
    ),
});
export type MachineView = z.output<typeof machineView>;

export const transitionView = view({
  ts: z.number(),
  machine: z.string(),
  from: z.string(),
  to: z.string(),
  event: z.string(),
});
export type TransitionView = z.output<typeof transitionView>;

/** A guard that was asked in a step of a machine. */
export const askedGuardView = view({
  state: z.string().describe('Whose transition it guards; empty for the machine itself.'),
  event: z.string(),
  guard: z.string(),
  passed: z.boolean(),
  target: z.string().nullable().describe('Where that transition leads; null: it stays.'),
});
export type AskedGuardView = z.output<typeof askedGuardView>;

export const firedTransitionView = view({
  state: z.string(),
  event: z.string(),
  guard: z.string().nullable(),
  target: z.string().nullable(),
  actions: z.array(z.string()).readonly(),
});
export type FiredTransitionView = z.output<typeof firedTransitionView>;

/** A transition with what can still be found out about it. */
export const tracedTransition = view({
  ...transitionView.unwrap().shape,
  sequence: z.number().optional().describe('Of the turn in the journal.'),
  fired: z
    .array(firedTransitionView)
    .readonly()
    .optional()
    .describe('In their order; those behind the first have no event of their own.'),
  guards: z
    .array(askedGuardView)
    .readonly()
    .optional()
    .describe(
      'In the order in which they were asked; those that did not pass say why others did not fire.',
    ),
  reason: z.string().optional().describe("Why an actor's life ended."),
  told: z
    .record(z.string(), z.unknown())
    .readonly()
    .optional()
    .describe('What the event told: the numbers that its guards judged by.'),
});
export type TracedTransition = z.output<typeof tracedTransition>;

export const gateView = view({
  group: z.enum(['admission', 'strategy', 'state', 'intent', 'guard']),
  gate: z.string(),
  pass: z.boolean(),
  value: z.union([z.string(), z.number(), z.boolean()]).nullable(),
  limit: z.union([z.string(), z.number(), z.boolean()]).nullable(),
  unit: z.string(),
  since: z
    .number()
    .nullable()
    .describe(
      'Trading time, epoch ms, at which it last opened or closed; null: not while this daemon ran.',
    ),
  opens_at: z
    .number()
    .nullable()
    .describe(
      'Trading time, epoch ms, at which time alone opens it; null where only a change can.',
    ),
});
export type GateView = z.output<typeof gateView>;

export const explainView = view({
  symbol: z.string(),
  ts: z.number(),
  trading_state: z.string(),
  hedge_state: z.string(),
  verdict: z.string(),
  why: z.string(),
  why_of: whyView.describe('What `why` says, for other languages.'),
  short_sale: shortSaleView.nullable().describe('What stands against the short sale it needs.'),
  gates: z.array(gateView).readonly(),
  band: bandView,
  legs: z.array(legView).readonly().describe('With the source of each volatility and why.'),
  would_be_order: view({
    side: z.enum(['BUY', 'SELL']),
    quantity: z.number(),
    limit_price: z.number().nullable(),
    target_shares: z.number(),
  })
    .nullable()
    .describe(
      'The order that would go out if every gate were open; null when there is none to send.',
    ),
});
export type ExplainView = z.output<typeof explainView>;

/** The configuration as it is applied now. Times are unix seconds. */
export const configView = view({
  summary: z.string(),
  applied_at: z
    .number()
    .nullable()
    .describe('Of the last change that was taken; null: as at the start.'),
  needs_restart: z
    .array(z.string())
    .readonly()
    .describe('Dotted keys whose new values in the file wait for a restart.'),
  refused: view({
    ts: z.number(),
    reason: z.string(),
  })
    .nullable()
    .describe("The file's last change could not be taken; null when it could."),
  books: z.array(bookSettings).readonly(),
});
export type ConfigView = z.output<typeof configView>;

/** A message that reached nobody. */
const deadLetterView = view({
  ts: z.number(),
  from: z.string().nullable().describe('Null: the composition root, or not known any more.'),
  to: z.string(),
  type: z.string(),
  reason: z.enum([
    'unknown_id',
    'not_running',
    'unknown_message',
    'died',
    'thread_ended',
    'not_cloned',
  ]),
  count: z.number().describe('Its number among the dead letters of its receiver.'),
});

export const actorView = view({
  id: z.string(),
  kind: z
    .enum(['actor', 'receiver', 'supervisor'])
    .describe('A receiver takes messages for the kernel itself; a supervisor has no mailbox.'),
  supervisor: z.string().nullable().describe('Who starts it again; null for a root or receiver.'),
  placement: z.string(),
  state: z.string(),
  since: z.number().describe('In that state since then, unix seconds.'),
  restarts: z.number(),
  mailbox_depth: z.number(),
  mailbox_high: z.number(),
  messages: z.number(),
  messages_per_second: z
    .number()
    .describe('Lately, taken over a second or more between two looks.'),
  dropped: z.number().describe('Messages that its mailbox dropped for newer ones.'),
  refused: z.number().describe('Messages that found its mailbox full.'),
  dead_letters: z
    .number()
    .describe('Messages that found it dead, died with it, or are none that it knows.'),
  last_dead_letter: z
    .string()
    .nullable()
    .describe('The type of the latest of them that was sampled.'),
  dead_letter_samples: z
    .array(deadLetterView)
    .readonly()
    .describe('The latest ten of its 1st, 2nd, 4th, 8th, … dead letter; oldest first.'),
  event_loop_use: z
    .number()
    .describe("The share of its time that its thread's event loop was busy, lately: 0 to 1."),
  last_error: z.string().nullable(),
  last_error_stack: z.string().nullable().describe('With the frames of the thread it was born in.'),
});
export type ActorView = z.output<typeof actorView>;

export const operationView = view({
  id: z.number(),
  ts: z.number(),
  type: z.string(),
  side: z.string().nullable(),
  quantity: z.number().nullable(),
  price: z.number().nullable(),
  state_reason: z.string(),
  symbol: z.string(),
  account: z.string().nullable(),
  order_ref: z.string().nullable(),
  perm_id: z.number().nullable(),
  exec_id: z.string().nullable(),
  commission: z.number().nullable(),
});
export type OperationView = z.output<typeof operationView>;

export const operationsView = view({
  operations: z.array(operationView).readonly(),
  next_cursor: z.string().nullable(),
});
export type OperationsView = z.output<typeof operationsView>;

/** What every command that was taken answers. */
export const TAKEN = {
  ok: z.literal(true),
  message: z.string().describe('What happens now, in one sentence.'),
};

/** With what a preview or a list shows beside it. */
export const commandReply = z.looseObject(TAKEN).readonly();
export type CommandReply = z.output<typeof commandReply>;
