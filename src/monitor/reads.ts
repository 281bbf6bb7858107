/**
 * The API's reads from the database alone. What the daemon left of its views is shown with the
 * verdict on its liveness laid over it: values stay to be seen when it is gone, with their age, and
 * the lamp says that they are not of now.
 */

import { Fault } from '../fault.ts';
import type { AlertView } from '../protocol/alert-view.ts';
import type { EngineReads } from '../protocol/ports.ts';
import type {
  AccountView,
  ActorView,
  BookView,
  ConfigView,
  ExplainView,
  HeartbeatView,
  MachineView,
  PositionView,
  SelfCheck,
  StatusRow,
  StatusView,
} from '../protocol/views.ts';
import type { CurrentRow, MonitorRows, PositionRow } from '../store/monitor-rows.ts';
import { type Judgement, judgeLiveness, seconds } from './liveness.ts';
import type { TransitionsView } from './publisher.ts';

/** What is known after a look: the rows, and every view with its time. */
export interface Look {
  readonly rows: MonitorRows;
  readonly views: ReadonlyMap<string, { readonly body: unknown; readonly writtenAt: number }>;
  /** Of the rows, by this process's clock: seconds since they were read, and why no newer ones. */
  readonly ageS: number;
  readonly away: string | null;
}

export interface MonitorFallback {
  readonly mode: StatusView['mode'];
  readonly ib_config: StatusView['ib_config'];
}

const LAMPS = { ok: 'green', degraded: 'yellow', blocked: 'red' } as const;
const SEVERITY: readonly SelfCheck[] = ['ok', 'degraded', 'blocked'];
/** While somebody looks a view is younger than that: values and verdict of one moment. */
const VIEW_FRESH_S = 2.5;
/** Views come every second while somebody looks: older ones are not of now. */
const VIEW_LATE_S = 15;

/** `look` gives what was read last; null before the first look. */
export function createMonitorReads(
  look: () => Look | null,
  fallback: MonitorFallback,
): EngineReads {
  const viewed = <T>(name: string): T => {
    const known = look();
    const view = known?.views.get(name);
    // The daemon is this same program: what it left there has the type that it shows.
    if (view !== undefined) return view.body as T;
    const why = known === null ? 'the database was not read yet' : 'the daemon has left no view';
    throw new Fault('actor_down', `${name}: ${why}`);
  };
  const machines = (): readonly MachineView[] => viewed('machines');
  return {
    status: () => {
      const known = look();
      if (known === null) throw new Fault('database_unreachable', 'it was not read yet');
      return monitorStatus(known, fallback);
    },
    machines: () => machines().map(({ context: _, unknown_events: __, ...summary }) => summary),
    machine: (id) => {
      const found = machines().find((machine) => machine.id === id);
      if (found !== undefined) return found;
      throw new Fault('not_found', `no machine ${id}`);
    },
    transitions: (id, refused) => {
      const view = look()?.views.get('transitions');
      const known = (view?.body as TransitionsView | undefined)?.[id];
      return (refused ? known?.all : known?.moved) ?? [];
    },
    explain: (symbol) => {
      const views = look()?.views;
      if (views?.has('status') === true && !views.has(`explain:${symbol}`)) {
        throw new Fault('not_found', `no book ${symbol}`);
      }
      return viewed<ExplainView>(`explain:${symbol}`);
    },
    config: () => viewed<ConfigView>('config'),
    actors: () => viewed<readonly ActorView[]>('actors'),
  };
}

/** The status with what the database tells of the daemon's life. */
function monitorStatus(known: Look, fallback: MonitorFallback): StatusView {
  const { rows, views, ageS, away } = known;
  const view = views.get('status');
  const stored = view === undefined ? null : (view.body as StatusView);
  const judgement = judgeLiveness(rows);
  const remarks = remarksOf(known, judgement, view?.writtenAt ?? null);
  const reasons = remarks.map(({ id }) => id);
  const worst = away !== null || !isAlive(judgement) ? 'blocked' : 'degraded';
  const floor: SelfCheck = reasons.length === 0 ? 'ok' : worst;
  const was = isAlive(judgement) ? stored : null;
  const check = worse(floor, was?.self_check ?? 'ok');
  const daemonCheck = worse(floor, was?.daemon_self_check ?? 'ok');
  const now = rows.now + ageS;
  return {
    ...base(known, stored, fallback, isAlive(judgement)),
    ...accountsOf(rows, was),
    self_check: check,
    status_lamp: LAMPS[check],
    block_reasons: [...reasons, ...(was?.block_reasons ?? [])],
    daemon_self_check: daemonCheck,
    daemon_lamp: LAMPS[daemonCheck],
    daemon_block_reasons: [...reasons, ...(was?.daemon_block_reasons ?? [])],
    trading_suspended: rows.suspended,
    daemon_heartbeat: was?.daemon_heartbeat ?? heartbeatOf(rows, judgement, now),
    alerts: [...remarks, ...standbyAlerts(rows), ...(stored?.alerts ?? [])],
    quiescent: false,
    ...(stored?.recorder === undefined ? {} : { recorder: stored.recorder }),
    ...(stored?.parity === undefined ? {} : { parity: stored.parity }),
  };
}

function isAlive({ liveness }: Judgement): boolean {
  return liveness === 'alive' || liveness === 'database_behind';
}

function worse(one: SelfCheck, other: SelfCheck): SelfCheck {
  return SEVERITY.indexOf(one) >= SEVERITY.indexOf(other) ? one : other;
}

/** What is wrong with what is shown: each a reason, and an alert that says it in words. */
function remarksOf(
  { rows, ageS, away }: Look,
  judgement: Judgement,
  writtenAt: number | null,
): readonly AlertView[] {
  const remark = (
    id: string,
    since: number,
    text: string,
    values: AlertView['values'] = {},
  ): AlertView => ({ id, symbol: null, since, text, values });
  const remarks: AlertView[] = [];
  if (away !== null) {
    const age = seconds(ageS);
    const text = `the database does not answer; what is shown is ${age} old: ${away}`;
    remarks.push(remark('database_unreachable', rows.now, text, { age, reason: away }));
  }
  const { liveness, since, text } = judgement;
  if (liveness !== 'alive') remarks.push(remark(liveness, since ?? rows.now, text));
  if (liveness !== 'alive') return remarks;
  if (writtenAt === null) {
    remarks.push(remark('view_missing', rows.now, 'the daemon has not left its view yet'));
  } else if (rows.now - writtenAt > VIEW_LATE_S) {
    const age = seconds(rows.now - writtenAt);
    remarks.push(remark('view_old', writtenAt, `what is shown was written ${age} ago`, { age }));
  }
  return remarks;
}

function standbyAlerts({ standbys }: MonitorRows): readonly AlertView[] {
  return standbys.map(({ host, pid, url, reason, seen_at: since }) => {
    const daemon = `${host}, pid ${pid}${url === null ? '' : `, ${url}`}`;
    const values = { daemon, reason };
    return { id: 'standby', symbol: null, since, text: `${daemon}: ${reason}`, values };
  });
}

function base(
  { rows, views }: Look,
  stored: StatusView | null,
  { mode, ib_config }: MonitorFallback,
  alive: boolean,
): Pick<StatusView, 'status' | 'books' | 'ib_config' | 'mode' | 'trading_ts'> {
  const writtenAt = views.get('status')?.writtenAt ?? 0;
  // A row that is newer than the view would stand beside a lamp of before it.
  const isFresh = alive && stored !== null && rows.now - writtenAt < VIEW_FRESH_S;
  const current = isFresh ? [] : rows.current.map(statusRow);
  return {
    status: current[0] ?? stored?.status ?? null,
    books: (stored?.books ?? []).map((book) => newer(book, current)),
    ib_config: stored?.ib_config ?? ib_config,
    mode: stored?.mode ?? mode,
    trading_ts: stored?.trading_ts ?? null,
  };
}

/** The view of a daemon that lives is the newer one; the tables stay when it is gone. */
function accountsOf(
  rows: MonitorRows,
  was: StatusView | null,
): Pick<StatusView, 'accounts' | 'accounts_fetched_at'> {
  if (was !== null) {
    const { accounts, accounts_fetched_at } = was;
    return { accounts, accounts_fetched_at };
  }
  const newest = Math.max(...rows.accounts.map(({ updated_at: at }) => at), 0);
  return { accounts: accountViews(rows), accounts_fetched_at: newest === 0 ? null : newest };
}

/** A status row may be of later than the view: its fields count then. */
function newer(book: BookView, current: readonly StatusRow[]): BookView {
  const row = current.find(({ symbol }) => symbol === book.symbol);
  return row === undefined || row.ts <= book.ts ? book : { ...book, ...row };
}

function statusRow(row: CurrentRow): StatusRow {
  const number = (name: string): number | null => {
    const value = row[name];
    return typeof value === 'number' ? value : null;
  };
  const text = (name: string): string => String(row[name] ?? '');
  return {
    daemon_state: text('daemon_state'),
    trading_state: text('trading_state'),
    symbol: text('symbol'),
    spot: number('spot'),
    bid: number('bid'),
    ask: number('ask'),
    net_delta: number('net_delta'),
    stock_position: number('stock_position') ?? 0,
    option_legs_count: number('option_legs_count') ?? 0,
    daily_hedge_count: number('daily_hedge_count') ?? 0,
    daily_pnl: number('daily_pnl'),
    data_lag_ms: number('data_lag_ms'),
    config_summary: text('config_summary'),
    ts: number('ts') ?? 0,
  };
}

function heartbeatOf(rows: MonitorRows, judgement: Judgement, now: number): HeartbeatView {
  const { heartbeat, lease } = rows;
  const alive = isAlive(judgement);
  const retry = heartbeat?.next_retry_ts ?? null;
  const stopped = judgement.liveness === 'daemon_stopped';
  return {
    last_ts: heartbeat?.last_ts ?? null,
    hedge_running: alive && (heartbeat?.hedge_running ?? false),
    daemon_alive: alive,
    ib_connected: alive && (heartbeat?.ib_connected ?? false),
    ib_client_id: alive ? (heartbeat?.ib_client_id ?? null) : null,
    next_retry_ts: alive ? retry : null,
    seconds_until_retry: !alive || retry === null ? null : Math.max(0, Math.round(retry - now)),
    graceful_shutdown_at: stopped
      ? (heartbeat?.graceful_shutdown_at ?? lease?.renewedAt ?? null)
      : null,
    heartbeat_interval_sec: heartbeat?.heartbeat_interval_sec ?? 0,
  };
}

function accountViews({ accounts, positions }: MonitorRows): readonly AccountView[] {
  return accounts.map(({ account_id: account, summary }) => ({
    account_id: account,
    summary,
    positions: positions.filter((row) => row.account_id === account).map(positionView),
  }));
}

function positionView(row: PositionRow): PositionView {
  const { strike, price, spot, position, avg_cost: avgCost, multiplier } = row;
  const isOption = row.sec_type === 'OPT';
  const right = row.option_right === 'C' || row.option_right === 'P' ? row.option_right : null;
  const known = isOption && spot !== null && strike !== null && right !== null;
  const sign = right === 'C' ? 1 : -1;
  return {
    symbol: row.symbol,
    secType: isOption ? 'OPT' : 'STK',
    exchange: row.exchange,
    currency: row.currency,
    expiry: row.expiry,
    strike,
    right,
    position,
    avgCost,
    price,
    unrealized_pnl: price === null ? null : (price * multiplier - avgCost) * position,
    moneyness: known ? (sign * (spot - strike) * 100) / strike : null,
  };
}
