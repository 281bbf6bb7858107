/**
 * Two read-only connections of their own to TWS, IB Gateway or the simulated gateway: one asks what
 * the account holds, the other subscribes to it and passes the quotes on. It sends no order.
 */

import type { Config } from '../config/schema.ts';
import type { OptionContract, StockContract } from '../domain/contract.ts';
import type { BookSettings } from '../domain/settings.ts';
import { Fault } from '../fault.ts';
import { MAX_LINES } from '../limits.ts';
import type { Logger, LogOptions } from '../log.ts';
import { moduleUrl } from '../package.ts';
import type { BrokerCommand, BrokerRead, BrokerReport } from '../protocol/broker.ts';
import { ACTORS } from '../protocol/decision.ts';
import type { MarketCommand, MarketReport, WatchedBook } from '../protocol/market.ts';
import { QUOTE_RECORD_LENGTH } from '../protocol/quote-board.ts';
import type { QuoteTapDescriptor } from '../protocol/quote-tap.ts';
import type { ChildSpec } from '../runtime/actor.ts';
import { createBoardSet } from '../runtime/board.ts';
import type { Clock, Timer, WallClock } from '../runtime/clock.ts';
import { type ActorSystem, startSystem } from '../runtime/system.ts';

export interface RecordingSessionOptions {
  readonly broker: Config['broker'];
  readonly host: string;
  readonly port: number;
  /** Of the first connection; the second has the next. */
  readonly clientId: number;
  readonly books: readonly BookSettings[];
  readonly tap: QuoteTapDescriptor;
  readonly mono: Clock;
  readonly wall: WallClock;
  readonly log: Logger;
  readonly logOptions: LogOptions;
  readonly cacheDir: string;
  /** Hears what is watched, whenever that changed. */
  readonly watched: (books: readonly WatchedBook[]) => void;
  /** Hears that no quotes come now. */
  readonly lost: () => void;
}

const REPORTS = { broker: 'kernel:broker', market: 'kernel:market', pricing: 'kernel:pricing' };
/** What the account holds is asked for again. */
const READ_MS = 60_000;
const READ_DEADLINE_MS = 30_000;
const STOP_MS = 1000;

export class RecordingSession {
  /** Rejects when the first connection fails; later ones are tried for ever. */
  readonly connected: Promise<void>;
  readonly #options: RecordingSessionOptions;
  readonly #system: ActorSystem;
  readonly #stocks = new Map<string, StockContract>();
  readonly #missing = new Set<string>();
  readonly #first: PromiseWithResolvers<void>;
  #read: BrokerRead | null = null;
  #told = '';
  #reads = 0;
  #timer: Timer | undefined;
  #isUp = false;
  #isClosed = false;

  constructor(options: RecordingSessionOptions) {
    this.#options = options;
    this.#first = Promise.withResolvers<void>();
    this.connected = this.#first.promise;
    const { mono, wall, log, logOptions, cacheDir } = options;
    this.#system = startSystem({
      id: 'session-root',
      children: this.#children(),
      ...{ log, workerLog: logOptions, compileCacheDirectory: cacheDir, seed: 'session' },
      ...{ mono, wall },
      onEscalate: (fault) => this.#first.reject(fault),
    });
    this.#system.register<BrokerReport>(REPORTS.broker, (report) => this.#take(report));
    this.#system.register<MarketReport>(REPORTS.market, (report) => this.#note(report));
    // Nobody prices here.
    this.#system.register(REPORTS.pricing, () => undefined);
    void this.#system.ready.then(() => this.#open(), this.#first.reject);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#system.stop(STOP_MS);
  }

  #children(): readonly ChildSpec[] {
    const { broker, tap } = this.#options;
    const boards = createBoardSet({ records: MAX_LINES, length: QUOTE_RECORD_LENGTH });
    const heartbeatMs = broker.heartbeat_s * 1000;
    const spec = (id: string, module: string, args: object): ChildSpec => ({
      ...{ id, args, placement: { kind: 'kernel' }, restart: 'permanent', stopDeadlineMs: 250 },
      module: moduleUrl(new URL(`../../actors/${module}.ts`, import.meta.url)).href,
      mailbox: { capacity: 1000, policy: { kind: 'refuse' } },
    });
    return [
      spec(ACTORS.market, 'market-data', {
        reportTo: REPORTS.market,
        pricingTo: REPORTS.pricing,
        quoteBoard: boards.descriptor,
        quoteTap: tap,
        clock: broker.trading_clock === 'lockstep' ? 'lockstep' : 'live',
        tradingRate: broker.clock_rate,
        retryIntervalMs: broker.retry_interval_s * 1000,
        heartbeatMs,
      }),
      spec(ACTORS.broker, 'broker', { reportTo: REPORTS.broker, heartbeatMs }),
    ];
  }

  #open(): void {
    const { host, port, clientId, broker } = this.#options;
    const connectTimeoutMs = broker.connect_timeout_s * 1000;
    const target = { host, port, clientId, connectTimeoutMs };
    this.#broker({ type: 'link.open', target });
  }

  #take(report: BrokerReport): void {
    switch (report.type) {
      case 'link.up':
        this.#up();
        break;
      case 'link.failed':
      case 'link.lost':
        this.#down(report.reason);
        break;
      case 'contract.terms': {
        const { contract } = report.terms;
        if (contract.secType === 'STK') this.#stocks.set(contract.symbol, contract);
        this.#watch();
        break;
      }
      case 'contract.failed':
        this.#options.log.error({ symbol: report.symbol }, report.reason);
        this.#missing.add(report.symbol);
        this.#watch();
        break;
      case 'read.done':
        this.#read = report.read;
        this.#watch();
        break;
      default:
        break;
    }
  }

  #up(): void {
    this.#isUp = true;
    this.#missing.clear();
    for (const { symbol, con_id: conId } of this.#options.books) {
      this.#broker({ type: 'contract.find', symbol, conId });
    }
    this.#readAgain();
    if (this.#told !== '') return;
    const { host, port, clientId, broker } = this.#options;
    const connectTimeoutMs = broker.connect_timeout_s * 1000;
    const target = { host, port, clientId: clientId + 1, connectTimeoutMs };
    this.#market({ type: 'link.open', target });
  }

  #down(reason: string): void {
    this.#isUp = false;
    const { host, port, broker, mono, log } = this.#options;
    const fault = new Fault('broker_unreachable', `${host}:${port} cannot be used: ${reason}`, {
      remedy: 'Is TWS or IB Gateway running there, and is the client id free (--client-id)?',
    });
    this.#first.reject(fault);
    if (this.#isClosed) return;
    log.warn({ reason }, 'the connection that reads positions is away');
    this.#timer?.cancel();
    this.#timer = mono.setTimer(broker.retry_interval_s * 1000, () => this.#open());
  }

  #readAgain(): void {
    if (this.#isClosed || !this.#isUp) return;
    this.#reads += 1;
    const readId = `record-${this.#reads}`;
    this.#broker({ type: 'read', readId, deadlineMs: READ_DEADLINE_MS });
    this.#timer?.cancel();
    this.#timer = this.#options.mono.setTimer(READ_MS, () => this.#readAgain());
  }

  /** When everything that was asked for has been answered. */
  #watch(): void {
    const { books, watched } = this.#options;
    const read = this.#read;
    const isKnown = ({ symbol }: BookSettings): boolean =>
      this.#stocks.has(symbol) || this.#missing.has(symbol);
    if (read === null || !books.every(isKnown)) return;
    const wanted = books.flatMap((book, slot) => {
      const underlying = this.#stocks.get(book.symbol);
      return underlying === undefined ? [] : [watchedBook(book, slot, underlying, read)];
    });
    const text = JSON.stringify(wanted);
    if (text !== this.#told) {
      this.#told = text;
      this.#market({ type: 'watch', books: wanted });
      watched(wanted);
    }
    this.#first.resolve();
  }

  #note(report: MarketReport): void {
    const { log, lost } = this.#options;
    if (report.type === 'market.lost') {
      log.warn(report, 'the market-data connection is away');
      lost();
    }
    if (report.type === 'market.refused') log.error(report, 'no quotes of a contract');
  }

  #broker(command: BrokerCommand): void {
    this.#system.ref<BrokerCommand>(ACTORS.broker).cast(command);
  }

  #market(command: MarketCommand): void {
    this.#system.ref<MarketCommand>(ACTORS.market).cast(command);
  }
}

function watchedBook(
  { symbol, greeks, gates }: BookSettings,
  slot: number,
  underlying: StockContract,
  { positions }: BrokerRead,
): WatchedBook {
  const legs = new Map<number, OptionContract>();
  for (const { contract, quantity } of positions) {
    if (contract.secType !== 'OPT' || contract.symbol !== symbol || quantity === 0) continue;
    legs.set(contract.conId, { ...contract, underlyingConId: underlying.conId });
  }
  return {
    ...{ symbol, slot, underlying, legs: [...legs.values()], greeks },
    volWindowMin: gates.state.market.vol_window_min,
    volEstimator: gates.state.market.vol_estimator,
    ivMaxAgeS: gates.state.iv_max_age_s,
  };
}
