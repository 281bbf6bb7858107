/**
 * What becomes an alert: lamp changes, alerts that rise and end, latches, rejects, a broker that is
 * away for too long, and the report of a day. It is told facts as they come, and the status every
 * second; it only compares, and hands on what is news.
 */

import { epochOf, isTradingDay, newYorkDate } from '../domain/calendar.ts';
import type { Fact } from '../protocol/facts.ts';
import type { StatusView } from '../protocol/views.ts';
import type { Alert } from './alert.ts';

export interface AlertWatchOptions {
  readonly disconnectAfterS: number;
  /** New York time `16:15`; null: no report. */
  readonly reportAt: string | null;
  readonly tell: (alert: Alert) => void;
}

type Told = Omit<Alert, 'ts'>;

export class AlertWatch {
  readonly #options: AlertWatchOptions;
  /** Null before the first status: what was so before the start is no news. */
  #lamp: StatusView['status_lamp'] | null = null;
  readonly #standing = new Map<string, string>();
  #awaySince: number | null = null;
  #awayTold = false;
  #reported: string | null = null;
  #lastTs = Number.NaN;

  constructor(options: AlertWatchOptions) {
    this.#options = options;
  }

  /** What a turn found out; it costs nothing where nothing of it is news. */
  takeFacts(facts: readonly Fact[]): void {
    for (const fact of facts) {
      if (fact.fact === 'latch') {
        const { symbol: book, cause, set, reason, ts } = fact;
        const title = `${book}: ${cause} ${set ? 'is latched' : 'is cleared'}`;
        const severity = set ? 'page' : 'info';
        const key = `latch/${book}/${cause}/${set}`;
        this.#tell({ kind: 'latch', key, severity, title, text: reason, book }, ts);
      } else if (fact.fact === 'operation' && fact.type === 'reject') {
        const { symbol: book, stateReason: text, ts, side, quantity, orderRef } = fact;
        const title = `${book}: an order was rejected (${side ?? ''} ${quantity ?? ''})`;
        const key = `reject/${orderRef ?? book}`;
        this.#tell({ kind: 'reject', key, severity: 'page', title, text, book }, ts);
      }
    }
  }

  /** How things stand; `now`: wall time, unix seconds. */
  takeStatus(status: StatusView, now: number): void {
    this.#lampOf(status, now);
    this.#alertsOf(status, now);
    this.#brokerOf(status, now);
    this.#reportOf(status, now);
    this.#lastTs = now;
  }

  #lampOf({ status_lamp: lamp, block_reasons: reasons }: StatusView, now: number): void {
    const before = this.#lamp;
    this.#lamp = lamp;
    if (before === null || before === lamp) return;
    const severity = { green: 'info', yellow: 'warn', red: 'page' } as const;
    const title = `the lamp is ${lamp}, it was ${before}`;
    const text = reasons.join(', ') || 'all is well';
    const key = `lamp/${lamp}`;
    this.#tell({ kind: 'lamp', key, severity: severity[lamp], title, text, book: null }, now);
  }

  #alertsOf({ alerts }: StatusView, now: number): void {
    const first = Number.isNaN(this.#lastTs);
    const standing = new Set<string>();
    for (const { id, symbol: book, text } of alerts) {
      const place = `${book ?? ''}/${id}`;
      standing.add(place);
      if (this.#standing.has(place)) continue;
      const title = `${book === null ? '' : `${book}: `}${id}`;
      this.#standing.set(place, title);
      if (first) continue;
      const key = `alert/${place}/on`;
      this.#tell({ kind: 'alert', key, severity: 'warn', title, text, book }, now);
    }
    for (const [place, title] of this.#standing) {
      if (standing.has(place)) continue;
      this.#standing.delete(place);
      const [book = ''] = place.split('/', 1);
      const key = `alert/${place}/off`;
      const over = { title: `${title} is over`, text: 'it holds no more', book: book || null };
      this.#tell({ kind: 'alert', key, severity: 'info', ...over }, now);
    }
  }

  #brokerOf({ daemon_heartbeat: heartbeat, ib_config }: StatusView, now: number): void {
    const where = `${ib_config.ib_host} (${ib_config.ib_port_type})`;
    const base = { kind: 'disconnect', book: null } as const;
    if (heartbeat.ib_connected) {
      if (this.#awayTold) {
        const title = 'the broker is connected again';
        this.#tell({ ...base, key: 'disconnect/off', severity: 'info', title, text: where }, now);
      }
      this.#awaySince = null;
      this.#awayTold = false;
      return;
    }
    this.#awaySince ??= now;
    const seconds = now - this.#awaySince;
    if (this.#awayTold || seconds < this.#options.disconnectAfterS) return;
    this.#awayTold = true;
    const title = `the broker is away for ${Math.round(seconds)} s: nothing is hedged`;
    this.#tell({ ...base, key: 'disconnect/on', severity: 'page', title, text: where }, now);
  }

  /** Once a trading day, when its time has come while this process runs. */
  #reportOf(status: StatusView, now: number): void {
    const { reportAt } = this.#options;
    if (reportAt === null || Number.isNaN(this.#lastTs)) return;
    const at = (status.trading_ts ?? now * 1000) as number;
    const day = newYorkDate(at);
    const due = epochOf(day, reportAt);
    const passed = at >= due && at - due < REPORT_LATE_MS;
    if (!passed || this.#reported === day || !isTradingDay(day)) return;
    this.#reported = day;
    const text = status.books.map(reportLine).join('\n') || 'no books';
    const title = `report of ${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
    const key = `report/${day}`;
    this.#tell({ kind: 'report', key, severity: 'info', title, text, book: null }, now);
  }

  #tell(alert: Told, ts: number): void {
    this.#options.tell({ ...alert, ts });
  }
}

/** A daemon that starts later than this after the time of the report has none to tell. */
const REPORT_LATE_MS = 10 * 60_000;

function reportLine(book: StatusView['books'][number]): string {
  const { symbol, daily_pnl: pnl, daily_hedge_count: hedges, net_delta: delta } = book;
  const parts = [
    `P&L ${pnl === null ? 'unknown' : `${pnl.toFixed(2)} USD`}`,
    `${hedges} hedges`,
    `position ${book.stock_position}`,
    `net delta ${delta === null ? 'unknown' : delta.toFixed(1)}`,
    book.trading_state,
  ];
  return `${symbol}: ${parts.join(', ')}`;
}
