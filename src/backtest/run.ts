/**
 * One run: a tape through the engine, from its first session to its last quote. The driver goes
 * from event to event of the exchange; with every step the rule that holds options looks at them,
 * and the account is valued. What is done when somebody stops it is kept.
 */

import { newYorkDate, sessionState, tradingSession } from '../domain/calendar.ts';
import type { OptionContract } from '../domain/contract.ts';
import type { FinancingRates } from '../domain/financing.ts';
import type { RecordedTape, TapeQuote } from '../domain/tape.ts';
import { Fault } from '../fault.ts';
import { createDrivenExchange, type DrivenExchange } from '../gateway/sim/exchange.ts';
import { createMemoryJournal } from '../gateway/sim/exchange-journal.ts';
import type { Scenario } from '../gateway/sim/scenario.ts';
import type { Logger } from '../log.ts';
import type { EngineConfig } from '../protocol/decision-config.ts';
import { createRandom } from '../runtime/random.ts';
import type { TurnRecord } from '../runtime/turn.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { RunAccount } from './account.ts';
import { Calibration } from './calibration.ts';
import { Collector } from './collector.ts';
import { Holder, type HoldingRule, type WantedPosition } from './holding.ts';
import { Performance } from './performance.ts';
import { type RunSplit, runSplits } from './run-splits.ts';
import { Session } from './session.ts';
import { SplitOperator } from './split-operator.ts';
import { mapped } from './tape-map.ts';
import { TradeTally } from './trade-tally.ts';

export interface RunOptions {
  readonly tape: RecordedTape;
  /** Its first and last trading day, `YYYYMMDD`. */
  readonly days: readonly string[];
  readonly barMs: number;
  readonly symbol: string;
  readonly scenario: Scenario;
  readonly config: EngineConfig;
  readonly version: string;
  readonly rule: HoldingRule | null;
  readonly wanted: readonly WantedPosition[];
  readonly financing: FinancingRates;
  readonly log: Logger;
  readonly onProgress: (share: number, ts: number) => void;
  /** Asked between two steps; true ends the run with what is done. */
  readonly isStopped: () => boolean;
  /** Sees every turn after it was taken. */
  readonly observe?: (record: TurnRecord) => void;
}

export interface RunOutcome {
  readonly collector: Collector;
  readonly performance: Performance;
  readonly account: RunAccount;
  readonly calibration: Calibration;
  readonly exchange: DrivenExchange;
  readonly trades: TradeTally;
  readonly notes: readonly { readonly ts: number; readonly text: string }[];
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly quotes: number;
  /** The tape was not played to its end. */
  readonly interrupted: boolean;
}

/** The tape is prepared so far ahead; one portion of it is in memory. */
const AHEAD_MS = 600_000;
/** Steps after which progress is told, and others may run. */
const STEPS_PER_LOOK = 500;
/** A rule that rolls each day, for decades. */
const NOTES_MAX = 10_000;
/** After the last close: what is settled in the evening still belongs to the run. */
const EVENING_MS = 10 * 60_000;

/** Plays the tape. Rejects with a `Fault` where the data or the contract are not there. */
export async function runBacktest(options: RunOptions): Promise<RunOutcome> {
  const run = await Run.open(options);
  try {
    return await run.play();
  } finally {
    run.close();
  }
}

class Run {
  readonly #options: RunOptions;
  readonly #exchange: DrivenExchange;
  readonly #session: Session;
  readonly #account: RunAccount;
  readonly #holder: Holder;
  readonly #collector = new Collector();
  readonly #performance = new Performance();
  readonly #calibration = new Calibration();
  readonly #trades = new TradeTally();
  readonly #notes: { ts: number; text: string }[] = [];
  readonly #counted: { count: number };
  readonly #splits: RunSplit[];
  readonly #operator: SplitOperator;
  #steps = 0;
  #quotedAt = Number.NEGATIVE_INFINITY;

  static async open(options: RunOptions): Promise<Run> {
    const { scenario, tape } = options;
    const mono = new VirtualClock(0);
    const counted = { count: 0 };
    const exchange = await createDrivenExchange({
      scenario,
      tape: countQuotes(tape, counted),
      modelsOptions: options.config.books.some(
        ({ settings }) => settings.greeks.vol_source === 'ib',
      ),
      mono,
      random: createRandom(scenario.seed).split('exchange'),
      journal: createMemoryJournal(),
      newExchangeId: () => scenario.seed.toString(16).padStart(8, '0'),
      onFault: (fault) => {
        throw fault;
      },
    });
    return new Run(options, exchange, mono, counted);
  }

  private constructor(
    options: RunOptions,
    exchange: DrivenExchange,
    mono: VirtualClock,
    counted: { count: number },
  ) {
    const { symbol, tape, config, version, log, scenario } = options;
    this.#options = options;
    this.#exchange = exchange;
    this.#counted = counted;
    const contracts = tape.instruments.map(({ contract }) => contract);
    const stock = contracts.find((one) => one.secType === 'STK' && one.symbol === symbol);
    if (stock === undefined) throw new Fault('not_found', `the data has no quotes of ${symbol}`);
    const knows = config.books[0]?.settings.greeks.ib_dividends === true;
    const dividends = knows ? (scenario.recorded?.dividends ?? []) : [];
    this.#account = new RunAccount(exchange, stock.conId, options.financing, dividends);
    this.#session = new Session({
      ...{ exchange, mono, config, version, log },
      onTurn: (record, isSilent) => {
        this.#collector.take(record, isSilent, this.#session.deciders);
        options.observe?.(record);
      },
    });
    const splits = runSplits(scenario.recorded?.splits ?? [], options.days);
    this.#splits = [...splits];
    const carry = scenario.recorded ?? { rate: 0, dividend_yield: 0 };
    this.#holder = new Holder({
      ...{ exchange, symbol, underlying: stock.conId, carry, splits },
      options: contracts.filter(
        (one): one is OptionContract => one.secType === 'OPT' && one.symbol === symbol,
      ),
      rule: options.rule,
      wanted: options.wanted,
      note: (ts, text) => this.#note(ts, text),
    });
    this.#operator = new SplitOperator({
      ...{ exchange, session: this.#session, symbol, underlying: stock.conId, splits },
      flattens: config.books[0]?.settings.hedging.on_empty_book === 'alert',
      note: (ts, text) => this.#note(ts, text),
    });
    exchange.listen((event) => {
      const trade = this.#account.take(event);
      if (trade !== null) this.#trades.add(trade);
    });
  }

  async play(): Promise<RunOutcome> {
    const { onProgress, isStopped } = this.#options;
    const exchange = this.#exchange;
    const from = exchange.now();
    const end = this.#end();
    this.#session.start();
    let now = from;
    let interrupted = false;
    for (;;) {
      // Without more of the tape the next event of the exchange cannot be told from the last.
      if (exchange.horizon() < now + AHEAD_MS) await exchange.prepare(now + AHEAD_MS);
      const next = this.#next(now);
      if (!(next <= end)) break;
      if (this.#exchange.nextQuote() <= next) this.#quotedAt = next;
      this.#step(next);
      now = next;
      this.#steps += 1;
      if (this.#steps % STEPS_PER_LOOK !== 0) continue;
      onProgress(this.#share(now), now);
      interrupted = isStopped();
      if (interrupted) break;
    }
    this.#value(now);
    this.#collector.finish(now);
    onProgress(1, now);
    return {
      collector: this.#collector,
      performance: this.#performance,
      account: this.#account,
      calibration: this.#calibration,
      exchange,
      trades: this.#trades,
      notes: this.#notes,
      ...{ from, to: now, steps: this.#steps, quotes: this.#counted.count, interrupted },
    };
  }

  close(): void {
    this.#session.close();
    this.#exchange.close();
  }

  /** Of the sessions that are played: in a night there is next to nothing to do. */
  #share(now: number): number {
    const { days } = this.#options;
    const today = newYorkDate(now);
    const next = days.findIndex((day) => day >= today);
    if (next < 0) return 1;
    const session = days[next] === today ? tradingSession(today) : null;
    const { open = now, close = now + 1 } = session ?? {};
    const within = Math.min(1, Math.max(0, (now - open) / (close - open)));
    return (next + within) / days.length;
  }

  #end(): number {
    const last = this.#options.days.at(-1) ?? '';
    const session = tradingSession(last);
    return (session?.close ?? Number.NEGATIVE_INFINITY) + EVENING_MS;
  }

  /** The exchange's next event; between the quotes of a session time goes on even in a hole. */
  #next(now: number): number {
    const { barMs } = this.#options;
    const due = this.#exchange.nextDue();
    const { state, next: close } = sessionState(now);
    const quoted = now - this.#quotedAt < AFTER_QUOTE_MS || this.#exchange.nextQuote() <= close;
    const between = state === 'open' && quoted;
    if (!between || Number.isNaN(this.#account.equity)) return due;
    return Math.min(due, (Math.floor(now / barMs) + 1) * barMs);
  }

  #step(ts: number): void {
    const split = this.#splits[0];
    if (split !== undefined && ts >= split.at) this.#split(ts, split);
    else this.#session.step(ts);
    this.#operator.review(ts);
    // What is paid to open belongs to the run: the first look comes before the first trade.
    if (Number.isNaN(this.#account.equity)) this.#value(ts);
    this.#holder.review(ts);
    const due = ts - this.#performance.valuedAt >= SAMPLE_MS;
    if (due || this.#account.stirred) this.#value(ts);
  }

  /** What was gained until now is settled in the old terms; from now on the new ones hold. */
  #split(ts: number, split: RunSplit): void {
    const { ratio } = split;
    this.#splits.shift();
    if (this.#account.stirred) this.#value(ts);
    this.#session.step(ts);
    this.#calibration.split(ratio, this.#account.rebase(ratio));
    this.#holder.split(ratio);
    this.#operator.split(ts, split);
  }

  #note(ts: number, text: string): void {
    if (this.#notes.length < NOTES_MAX) this.#notes.push({ ts, text });
  }

  #value(ts: number): void {
    const { greeks } = this.#options.config.books[0]?.settings ?? {};
    const rate = greeks?.risk_free_rate ?? 0;
    const terms = { rate, dividendYield: greeks?.dividend_yield ?? 0 };
    const found = this.#account.value(ts, this.#session.record(0), terms);
    if (found === null && Number.isNaN(this.#account.equity)) return;
    this.#performance.add({ ts, account: this.#account, interval: found });
    this.#calibration.look(ts, this.#account.spot, this.#account.options());
  }
}

/** What a quote sets off, a hedge and what is left of it, is through by then. */
const AFTER_QUOTE_MS = 60_000;
/** Between two looks at the account where nothing is traded. */
const SAMPLE_MS = 60_000;

/** A tape that need not be waited for still need not be. */
function countQuotes(tape: RecordedTape, counted: { count: number }): RecordedTape {
  const count = (event: TapeQuote): TapeQuote => {
    counted.count += 1;
    return event;
  };
  return { instruments: tape.instruments, events: (from) => mapped(tape.events(from), count) };
}
