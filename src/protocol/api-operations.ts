/**
 * What each operation of the API takes and gives. Made by `npm run docs` from the routes, which
 * check the same; the command line and the page are typed by it.
 */

import type { BacktestsView, BacktestView } from './backtest-view.ts';
import type { CoverageView } from './coverage-view.ts';
import type { ConfigKeysView, VersionView } from './host-ports.ts';
import type { LogsView } from './log-view.ts';
import type { MessagesView } from './message-view.ts';
import type { PastMachineView, ReplayingView } from './past-view.ts';
import type { RiskView } from './risk-view.ts';
import type { ShadowsView } from './shadow-view.ts';
import type { PnlView, StatisticsView } from './statistics-view.ts';
import type { BookCourseView, OrderStoryView } from './story-view.ts';
import type {
  ActorView,
  CommandReply,
  ConfigView,
  ExplainView,
  MachineSummary,
  MachineView,
  OperationsView,
  StatusView,
  TracedTransition,
} from './views.ts';

export interface ApiOperations {
  status: { readonly input: object; readonly reply: StatusView };
  operations: {
    readonly input: {
      readonly since_ts?: number;
      readonly until_ts?: number;
      readonly type?: string;
      readonly symbol?: string;
      readonly limit?: number;
      readonly cursor?: string;
    };
    readonly reply: OperationsView;
  };
  explain: { readonly input: { readonly symbol: string }; readonly reply: ExplainView };
  actors: { readonly input: object; readonly reply: readonly ActorView[] };
  alive: { readonly input: object; readonly reply: { readonly alive: true } };
  ready: { readonly input: object; readonly reply: { readonly ready: true } };
  config: { readonly input: object; readonly reply: ConfigView };
  chooseBroker: {
    readonly input: {
      readonly ib_host: string;
      readonly ib_port_type: 'tws_live' | 'tws_paper' | 'gateway_live' | 'gateway_paper';
    };
    readonly reply: {
      readonly ok: true;
      readonly message: string;
      readonly ib_host: string;
      readonly ib_port_type: 'tws_live' | 'tws_paper' | 'gateway_live' | 'gateway_paper';
    };
  };
  risk: {
    readonly input: {
      readonly symbol: string;
      readonly spot_pct?: number;
      readonly spot_points?: number;
      readonly vol_points?: number;
      readonly vol_steps?: number;
      readonly days?: number;
      readonly day_steps?: number;
    };
    readonly reply: RiskView;
  };
  stats: { readonly input: { readonly days?: number }; readonly reply: StatisticsView };
  pnl: {
    readonly input: { readonly symbol: string; readonly days?: number };
    readonly reply: PnlView;
  };
  shadows: { readonly input: { readonly days?: number }; readonly reply: ShadowsView };
  order: { readonly input: { readonly order_ref: string }; readonly reply: OrderStoryView };
  course: {
    readonly input: {
      readonly symbol: string;
      readonly minutes?: number;
      readonly points?: number;
    };
    readonly reply: BookCourseView;
  };
  logs: {
    readonly input: {
      readonly level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
      readonly thread?: string;
      readonly actor?: string;
      readonly book?: string;
      readonly search?: string;
      readonly before?: number;
      readonly limit?: number;
    };
    readonly reply: LogsView;
  };
  metrics: { readonly input: object; readonly reply: unknown };
  machines: { readonly input: object; readonly reply: readonly MachineSummary[] };
  machine: { readonly input: { readonly id: string }; readonly reply: MachineView };
  definition: {
    readonly input: {
      readonly id: string;
      readonly format?: 'json' | 'mermaid' | 'scxml' | 'layout';
    };
    readonly reply: unknown;
  };
  transitions: {
    readonly input: { readonly id: string; readonly limit?: number; readonly refused?: string };
    readonly reply: readonly TracedTransition[];
  };
  coverage: { readonly input: { readonly id: string }; readonly reply: CoverageView };
  machineEvent: {
    readonly input: { readonly id: string } & { readonly type: string };
    readonly reply: {
      readonly id: string;
      readonly machine: string;
      readonly value: unknown;
      readonly label: string;
      readonly since: number;
      readonly parent: string | null;
      readonly events: readonly string[];
      readonly context: unknown;
      readonly unknown_events: { readonly [other: string]: unknown };
      readonly ok: true;
      readonly message: string;
    };
  };
  machineAt: {
    readonly input: { readonly id: string; readonly seq?: number; readonly ts?: number };
    readonly reply: PastMachineView | ReplayingView;
  };
  messages: {
    readonly input: { readonly after?: number; readonly limit?: number };
    readonly reply: MessagesView;
  };
  configKeys: { readonly input: object; readonly reply: ConfigKeysView };
  version: { readonly input: object; readonly reply: VersionView };
  backtests: { readonly input: object; readonly reply: BacktestsView };
  backtest: { readonly input: { readonly id: string }; readonly reply: BacktestView };
  backtestReport: { readonly input: { readonly id: string }; readonly reply: string };
  simulation: {
    readonly input: object;
    readonly reply: {
      readonly faults: readonly ('gap' | 'disconnect' | 'reject' | 'stale_quotes')[];
    };
  };
  injectFault: {
    readonly input: { readonly type: 'gap' | 'disconnect' | 'reject' | 'stale_quotes' };
    readonly reply: { readonly ok: true; readonly message: string };
  };
  stop: { readonly input: object; readonly reply: CommandReply };
  suspend: { readonly input: { readonly symbol?: string }; readonly reply: CommandReply };
  resume: { readonly input: { readonly symbol?: string }; readonly reply: CommandReply };
  flatten: {
    readonly input: { readonly symbol?: string; readonly dry_run?: boolean };
    readonly reply: CommandReply;
  };
  hedge_now: {
    readonly input: { readonly symbol: string; readonly dry_run?: boolean };
    readonly reply: CommandReply;
  };
  cancel_all: { readonly input: object; readonly reply: CommandReply };
  adopt: {
    readonly input: {
      readonly symbol: string;
      readonly shares: number;
      readonly dry_run?: boolean;
    };
    readonly reply: CommandReply;
  };
  legs: {
    readonly input: {
      readonly symbol: string;
      readonly confirm?: number;
      readonly exclude?: number;
    };
    readonly reply: CommandReply;
  };
  retry_ib: { readonly input: object; readonly reply: CommandReply };
  refresh_accounts: { readonly input: object; readonly reply: CommandReply };
  manual_resume: {
    readonly input: {
      readonly symbol: string;
      readonly reason: string;
      readonly allowance_usd?: number;
    };
    readonly reply: CommandReply;
  };
  set_heartbeat_interval: {
    readonly input: { readonly interval_s: number } | { readonly heartbeat_interval_sec: number };
    readonly reply: CommandReply;
  };
  session: { readonly input: object; readonly reply: { readonly signed_in: boolean } };
  signIn: {
    readonly input: { readonly code: string } | { readonly token: string };
    readonly reply: { readonly signed_in: boolean };
  };
}

/** Where each is, and what of its input stands in the query. */
export const API_PLACES = {
  status: { method: 'GET', path: '/status', query: [] },
  operations: {
    method: 'GET',
    path: '/operations',
    query: ['since_ts', 'until_ts', 'type', 'symbol', 'limit', 'cursor'],
  },
  explain: { method: 'GET', path: '/explain/{symbol}', query: [] },
  actors: { method: 'GET', path: '/actors', query: [] },
  alive: { method: 'GET', path: '/healthz', query: [] },
  ready: { method: 'GET', path: '/readyz', query: [] },
  config: { method: 'GET', path: '/config', query: [] },
  chooseBroker: { method: 'POST', path: '/config/ib', query: [] },
  risk: {
    method: 'GET',
    path: '/risk/{symbol}',
    query: ['spot_pct', 'spot_points', 'vol_points', 'vol_steps', 'days', 'day_steps'],
  },
  stats: { method: 'GET', path: '/stats', query: ['days'] },
  pnl: { method: 'GET', path: '/pnl/{symbol}', query: ['days'] },
  shadows: { method: 'GET', path: '/shadows', query: ['days'] },
  order: { method: 'GET', path: '/orders/{order_ref}', query: [] },
  course: { method: 'GET', path: '/course/{symbol}', query: ['minutes', 'points'] },
  logs: {
    method: 'GET',
    path: '/logs',
    query: ['level', 'thread', 'actor', 'book', 'search', 'before', 'limit'],
  },
  metrics: { method: 'GET', path: '/metrics', query: [] },
  machines: { method: 'GET', path: '/machines', query: [] },
  machine: { method: 'GET', path: '/machines/{id}', query: [] },
  definition: { method: 'GET', path: '/machines/{id}/definition', query: ['format'] },
  transitions: { method: 'GET', path: '/machines/{id}/transitions', query: ['limit', 'refused'] },
  coverage: { method: 'GET', path: '/machines/{id}/coverage', query: [] },
  machineEvent: { method: 'POST', path: '/machines/{id}/events', query: [] },
  machineAt: { method: 'GET', path: '/machines/{id}/at', query: ['seq', 'ts'] },
  messages: { method: 'GET', path: '/messages', query: ['after', 'limit'] },
  configKeys: { method: 'GET', path: '/config/keys', query: [] },
  version: { method: 'GET', path: '/version', query: [] },
  backtests: { method: 'GET', path: '/backtests', query: [] },
  backtest: { method: 'GET', path: '/backtests/{id}', query: [] },
  backtestReport: { method: 'GET', path: '/backtests/{id}/report', query: [] },
  simulation: { method: 'GET', path: '/simulation', query: [] },
  injectFault: { method: 'POST', path: '/simulation/faults', query: [] },
  stop: { method: 'POST', path: '/control/stop', query: [] },
  suspend: { method: 'POST', path: '/control/suspend', query: [] },
  resume: { method: 'POST', path: '/control/resume', query: [] },
  flatten: { method: 'POST', path: '/control/flatten', query: [] },
  hedge_now: { method: 'POST', path: '/control/hedge_now', query: [] },
  cancel_all: { method: 'POST', path: '/control/cancel_all', query: [] },
  adopt: { method: 'POST', path: '/control/adopt', query: [] },
  legs: { method: 'POST', path: '/control/legs', query: [] },
  retry_ib: { method: 'POST', path: '/control/retry_ib', query: [] },
  refresh_accounts: { method: 'POST', path: '/control/refresh_accounts', query: [] },
  manual_resume: { method: 'POST', path: '/control/manual_resume', query: [] },
  set_heartbeat_interval: { method: 'POST', path: '/control/set_heartbeat_interval', query: [] },
  session: { method: 'GET', path: '/session', query: [] },
  signIn: { method: 'POST', path: '/session', query: [] },
} as const;
