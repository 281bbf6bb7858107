/**
 * One client's charts: historical bars that may be kept up to date, the earliest moment there is
 * data of, and tick-by-tick. All of them come from the same quotes that its market-data lines show.
 */

import { newYorkDate, previousTradingDay, tradingSession } from '../../domain/calendar.ts';
import type { Contract } from '../../domain/contract.ts';
import {
  BAR_KINDS,
  type BarKind,
  type Venue,
  type VenueBar,
  type VenueQuote,
} from '../sim/venue.ts';
import { formatZonedTime, parseZonedTime } from '../sim/zoned-time.ts';
import { type Client, ERROR, invalidText } from './client.ts';
import { resolveContract } from './contracts.ts';
import {
  encodeBars,
  encodeBarUpdate,
  encodeHeadTime,
  encodeRealTimeBar,
  encodeSchedule,
  encodeTickByTick,
  type TickKind,
} from './encode-history.ts';
import type { ClientRequest } from './requests.ts';
import { SINCE } from './versions.ts';

type BarsRequest = Extract<ClientRequest, { type: 'reqHistoricalData' }>;
type RealTimeRequest = Extract<ClientRequest, { type: 'reqRealTimeBars' }>;
type HeadRequest = Extract<ClientRequest, { type: 'reqHeadTimestamp' }>;
type TicksRequest = Extract<ClientRequest, { type: 'reqTickByTickData' }>;

/** IB's bound of open historical requests; ticks share it here. */
const SUBSCRIPTIONS_MAX = 50;
const DAY_MS = 86_400_000;
/** A bar that is kept up to date is told anew this often. */
const UPDATE_MS = 5000;
const BARS_MAX = 20_000;
const SESSIONS_MAX = 252;

interface BarUnit {
  readonly ms: number;
  /** The numbers of it that IB makes bars of. */
  readonly counts: readonly number[];
}

const SECONDS: BarUnit = { ms: 1000, counts: [1, 5, 10, 15, 30] };
const MINUTES: BarUnit = { ms: 60_000, counts: [1, 2, 3, 5, 10, 15, 20, 30] };
const HOURS: BarUnit = { ms: 3_600_000, counts: [1, 2, 3, 4, 8] };
const UNITS: ReadonlyMap<string, BarUnit> = new Map([
  ['sec', SECONDS],
  ['secs', SECONDS],
  ['min', MINUTES],
  ['mins', MINUTES],
  ['hour', HOURS],
  ['hours', HOURS],
  ['day', { ms: DAY_MS, counts: [1] }],
]);
/** Sessions of a duration's unit; seconds are none. */
const SESSIONS: ReadonlyMap<string, number> = new Map([
  ['D', 1],
  ['W', 5],
  ['M', 21],
  ['Y', 252],
]);
const KINDS: ReadonlySet<string> = new Set<string>(BAR_KINDS);
/** In place of bars: when the sessions are. From this version of the protocol on. */
const SCHEDULE = 'SCHEDULE';
const REAL_TIME_BAR_MS = 5000;
const REAL_TIME_KINDS: ReadonlySet<string> = new Set(['TRADES', 'MIDPOINT', 'BID', 'ASK']);
const TICK_KINDS: ReadonlyMap<string, TickKind> = new Map([
  ['Last', 1],
  ['AllLast', 2],
  ['BidAsk', 3],
  ['MidPoint', 4],
]);

export class HistoryLines {
  readonly #venue: Venue;
  readonly #client: Client;
  readonly #stops = new Map<number, () => void>();

  constructor(venue: Venue, client: Client) {
    this.#venue = venue;
    this.#client = client;
  }

  requestBars(request: BarsRequest): void {
    const { id } = request;
    const contract = this.#resolve(id, request);
    if (contract === null || !this.#hasRoom(id)) return;
    const span = spanOf(request, this.#venue.now());
    if (typeof span === 'string') {
      this.#client.error(id, ERROR.invalid, invalidText(span));
      return;
    }
    const { from, to, barMs, kind } = span;
    if (kind === SCHEDULE) {
      this.#tellSchedule(id, from, to);
      return;
    }
    const bars = this.#bars(contract.conId, from, to, barMs, kind);
    if (bars.length === 0) {
      const text = `HMDS query returned no data: ${contract.symbol}@SMART ${request.what}`;
      this.#client.error(id, ERROR.history, `${HISTORY_ERROR}${text}`);
      return;
    }
    const dateOf = dates(request.dateFormat, barMs);
    const range = { start: formatZonedTime(from), end: formatZonedTime(to) };
    this.#client.send(encodeBars(id, range, bars.slice(-BARS_MAX), dateOf));
    if (request.keepUpToDate) this.#follow(id, contract.conId, barMs, kind, dateOf);
  }

  /** A bar when its five seconds are over; none for a stretch without a quote. */
  requestRealTimeBars(request: RealTimeRequest): void {
    const { id, what } = request;
    const contract = this.#resolve(id, request);
    if (contract === null || !this.#hasRoom(id)) return;
    if (!REAL_TIME_KINDS.has(what) || !isBarKind(what)) {
      const text = invalidText(`${what} is not supported for real-time bars`);
      this.#client.error(id, ERROR.invalid, text);
      return;
    }
    let begun = Number.NaN;
    const stop = this.#venue.watch(contract.conId, ({ ts }) => {
      const begins = Math.floor(ts / REAL_TIME_BAR_MS) * REAL_TIME_BAR_MS;
      const over = begun;
      begun = begins;
      // The first one began before the client asked.
      if (Number.isNaN(over) || over === begins) return;
      const end = over + REAL_TIME_BAR_MS;
      const bar = this.#bars(contract.conId, over, end, REAL_TIME_BAR_MS, what).at(-1);
      if (bar !== undefined) this.#client.send(encodeRealTimeBar(id, bar));
    });
    this.#stops.set(id, stop);
  }

  requestHeadTime(request: HeadRequest): void {
    const contract = this.#resolve(request.id, request);
    if (contract === null) return;
    const { what } = request;
    const kind = isBarKind(what) ? what : undefined;
    const head = this.#venue.research?.headTime(contract.conId, kind) ?? null;
    if (head === null) {
      const text = `${HISTORY_ERROR}No head time stamp`;
      this.#client.error(request.id, ERROR.history, text);
      return;
    }
    const text = request.dateFormat === 2 ? String(head / 1000) : headText(head);
    this.#client.send(encodeHeadTime(request.id, text));
  }

  requestTicks(request: TicksRequest): void {
    const { id } = request;
    const contract = this.#resolve(id, request);
    if (contract === null || !this.#hasRoom(id)) return;
    const kind = TICK_KINDS.get(request.tickType);
    if (kind === undefined) {
      this.#client.error(id, ERROR.invalid, invalidText(`Invalid tick type ${request.tickType}`));
      return;
    }
    if (contract.secType === 'OPT') {
      const text = 'Failed to request tick-by-tick data:No market data permissions for options';
      this.#client.error(id, ERROR.tickByTick, text);
      return;
    }
    let told: VenueQuote | null = null;
    const stop = this.#venue.watch(contract.conId, (quote) => {
      const isNews = told === null || differs(kind, told, quote);
      told = quote;
      if (isNews && hasPrice(kind, quote)) this.#client.send(encodeTickByTick(id, kind, quote));
    });
    this.#stops.set(id, stop);
  }

  cancel(id: number): void {
    const stop = this.#stops.get(id);
    if (stop === undefined) {
      this.#client.error(id, ERROR.unknownTicker, `Can't find EId with tickerId:${id}`);
      return;
    }
    this.#stops.delete(id);
    stop();
  }

  close(): void {
    for (const stop of this.#stops.values()) stop();
    this.#stops.clear();
  }

  #tellSchedule(id: number, from: number, to: number): void {
    if (this.#client.version < SINCE.schedule) {
      this.#client.error(id, ERROR.invalid, invalidText(`${SCHEDULE} needs a newer client`));
      return;
    }
    const sessions: { day: string; open: number; close: number }[] = [];
    for (let day = newYorkDate(to); ; day = previousTradingDay(day)) {
      const session = tradingSession(day);
      if (session !== null && session.close <= from) break;
      if (session !== null) sessions.unshift({ day, ...session });
    }
    this.#client.send(encodeSchedule(id, sessions));
  }

  #follow(
    id: number,
    conId: number,
    barMs: number,
    kind: BarKind,
    dateOf: (bar: VenueBar) => string,
  ): void {
    let next = 0;
    const stop = this.#venue.watch(conId, (quote) => {
      if (quote.ts < next) return;
      next = quote.ts + UPDATE_MS;
      const session = tradingSession(newYorkDate(quote.ts));
      if (session === null) return;
      const from = barMs >= DAY_MS ? session.open : quote.ts - barMs;
      const bar = this.#bars(conId, from, quote.ts + 1, barMs, kind).at(-1);
      if (bar !== undefined) this.#client.send(encodeBarUpdate(id, bar, dateOf));
    });
    this.#stops.set(id, stop);
  }

  #bars(
    conId: number,
    from: number,
    to: number,
    barMs: number,
    kind: BarKind,
  ): readonly VenueBar[] {
    return this.#venue.research?.bars(conId, from, to, barMs, kind) ?? [];
  }

  #resolve(id: number, { contract }: Pick<BarsRequest, 'contract'>): Contract | null {
    const resolution = resolveContract(this.#venue, contract);
    if (resolution.kind === 'found') return resolution.terms.contract;
    this.#client.error(id, ERROR.noDefinition, resolution.text);
    return null;
  }

  #hasRoom(id: number): boolean {
    if (this.#stops.has(id)) {
      this.#client.error(id, ERROR.processing, 'Error processing request.-Duplicate ticker id');
      return false;
    }
    if (this.#stops.size < SUBSCRIPTIONS_MAX) return true;
    this.#client.error(id, ERROR.tickersMax, 'Max number of tickers has been reached');
    return false;
  }
}

const HISTORY_ERROR = 'Historical Market Data Service error message:';

interface Span {
  readonly from: number;
  readonly to: number;
  readonly barMs: number;
  readonly kind: BarKind | typeof SCHEDULE;
}

function isBarKind(what: string): what is BarKind {
  return KINDS.has(what);
}

/** What is asked for, or what is wrong with it. */
function spanOf(request: BarsRequest, now: number): Span | string {
  const kind = request.what;
  if (kind !== SCHEDULE && !isBarKind(kind)) return `${kind} is not supported by this gateway`;
  if (request.keepUpToDate && request.end !== '') return 'End date is not allowed with updates';
  const end = request.end === '' ? now : parseZonedTime(request.end);
  if (end === null) return `Invalid end date "${request.end}"`;
  const barMs = barLength(request.barSize.trim());
  if (barMs === null) return `Historical data bar size setting is invalid: ${request.barSize}`;
  const [, length = '', of = ''] = /^(\d{1,5}) ([SDWMY])$/.exec(request.duration.trim()) ?? [];
  const sessions = Number(length) * (SESSIONS.get(of) ?? 0);
  if (length === '' || sessions > SESSIONS_MAX) return `Invalid duration "${request.duration}"`;
  const to = Math.min(end, now);
  const from = of === 'S' ? to - Number(length) * 1000 : openBefore(to, sessions);
  return { from, to: Math.max(to, from) + 1, barMs, kind };
}

/** Null for a size that IB has not. */
function barLength(text: string): number | null {
  const [, digits = '', name = ''] = /^(\d{1,2}) (\w+)$/.exec(text) ?? [];
  const unit = UNITS.get(name);
  const count = Number(digits);
  return unit?.counts.includes(count) === true ? count * unit.ms : null;
}

/** The opening of the first of so many sessions that end with the one at or before `ts`. */
function openBefore(ts: number, sessions: number): number {
  let day = newYorkDate(ts);
  const today = tradingSession(day);
  if (today === null || ts < today.open) day = previousTradingDay(day);
  for (let count = 1; count < sessions; count += 1) day = previousTradingDay(day);
  return tradingSession(day)?.open ?? ts;
}

function dates(format: number, barMs: number): (bar: VenueBar) => string {
  if (barMs >= DAY_MS) return ({ ts }) => newYorkDate(ts);
  return format === 2 ? ({ ts }) => String(ts / 1000) : ({ ts }) => formatZonedTime(ts);
}

/** `yyyymmdd-hh:mm:ss`, UTC. */
function headText(ts: number): string {
  const iso = new Date(ts).toISOString();
  return `${iso.slice(0, 10).replaceAll('-', '')}-${iso.slice(11, 19)}`;
}

function differs(kind: TickKind, a: VenueQuote, b: VenueQuote): boolean {
  if (kind <= 2) return a.volume !== b.volume || !Object.is(a.last, b.last);
  const prices = !Object.is(a.bid, b.bid) || !Object.is(a.ask, b.ask);
  return prices || (kind === 3 && (a.bidSize !== b.bidSize || a.askSize !== b.askSize));
}

function hasPrice(kind: TickKind, { last, bid, ask }: VenueQuote): boolean {
  return kind <= 2 ? last > 0 : bid > 0 && ask > 0;
}
