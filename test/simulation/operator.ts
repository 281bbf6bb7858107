/**
 * Somebody at the controls: commands at random moments, a configuration file that is edited under
 * the running daemon, and at the end the one who looks at what is latched and lets it go on. What
 * the operator was promised is remembered here, by the answers alone, also over restarts.
 */

import type { BookSettings } from '../../src/domain/settings.ts';
import type { ControlCommand } from '../../src/protocol/control.ts';
import type { EngineConfig } from '../../src/protocol/decision-config.ts';
import type { SimulatedDaemon } from './daemon.ts';
import { SYMBOLS } from './scenario.ts';

type Config = Omit<EngineConfig, 'journalId'>;

export class Operator {
  /** As the file on the disk says it; each life of the daemon begins with it. */
  config: Config;
  /** Shares that were asked to be ours, by book, in the order of asking. */
  readonly adopted: { readonly symbol: string; readonly shares: number }[] = [];
  readonly #daemon: () => SimulatedDaemon | null;
  readonly #count: (name: string) => void;
  /** What was promised to stay without new hedges; `all` stands for every book. */
  readonly #held = new Set<string>();

  constructor(config: Config, daemon: () => SimulatedDaemon | null, count: (name: string) => void) {
    this.config = config;
    this.#daemon = daemon;
    this.#count = count;
  }

  /** Whether the daemon has promised that no hedge of the book leaves. */
  holds(symbol: string): boolean {
    return this.#held.has('all') || this.#held.has(symbol);
  }

  ask(command: ControlCommand): void {
    const daemon = this.#daemon();
    if (daemon === null) return;
    const { command: name } = command;
    if (name === 'adopt') this.adopted.push(command);
    const what = 'symbol' in command ? (command.symbol ?? 'all') : 'all';
    // A hedge may leave in the very turn that takes the resume, before its answer is heard.
    if (name === 'resume') this.#held.delete(what);
    daemon.command(command, ({ ok }) => {
      this.#count(`${name} ${ok ? 'taken' : 'refused'}`);
      if (ok && (name === 'suspend' || name === 'cancel_all')) this.#held.add(what);
    });
  }

  adopt(symbol: string, size: number): void {
    const book = this.#book(symbol);
    if (book === undefined) return;
    this.ask({ command: 'adopt', symbol, shares: Math.round((book.foreign_shares ?? 0) * size) });
  }

  editConfig(symbol: string, size: number): void {
    const books = this.config.books.map(({ settings, ...rest }) => ({
      ...rest,
      settings: settings.symbol === symbol ? edited(settings, size) : settings,
    }));
    this.config = { ...this.config, books };
    this.#daemon()?.reconfigure({
      type: 'config.applied',
      file: 'config/simulation.yaml',
      configSummary: this.config.configSummary,
      books: books.map(({ settings }) => settings),
      taken: ['gates.state.delta', 'gates.intent.hedge'],
      needsRestart: [],
    });
  }

  spoilConfig(): void {
    const reason = 'line 3: cooldown_seconds is no number';
    this.#daemon()?.reconfigure({ type: 'config.refused', file: 'config/simulation.yaml', reason });
  }

  /** Everything that was held back may go on. */
  resumeAll(): void {
    this.ask({ command: 'resume' });
    for (const symbol of SYMBOLS) this.ask({ command: 'resume', symbol });
  }

  /** A manual trade may have broken a book rightly; the operator looks and lets it go on. */
  look(symbol: string): void {
    // It closed nothing of ours, though it looks so: by the exchange, ours are what we traded.
    const broken = this.#book(symbol)?.block_reasons.includes('position_break') ?? false;
    if (broken) this.ask({ command: 'adopt', symbol, shares: 0 });
    // A lively market may have lost more than a day's limit; it may lose more.
    const allowance = { allowance_usd: 1_000_000 };
    this.ask({ command: 'manual_resume', symbol, reason: 'looked at', ...allowance });
  }

  #book(symbol: string) {
    const daemon = this.#daemon();
    if (daemon === null || daemon.deciders === null) return undefined;
    return daemon.engine.reads.status().books.find((one) => one.symbol === symbol);
  }
}

/** Another band and another pace, within what the schema allows. */
function edited(settings: BookSettings, size: number): BookSettings {
  const { gates } = settings;
  const wide = 1 + Math.abs(size) / 2;
  const { epsilon_band: epsilon, max_delta_limit: most } = gates.state.delta;
  const delta = { epsilon_band: epsilon, threshold_hedge_shares: Math.round(20 * wide) };
  const hedge = { ...gates.intent.hedge, cooldown_seconds: Math.round(8 * wide) };
  return {
    ...settings,
    gates: {
      ...gates,
      state: { ...gates.state, delta: { ...delta, max_delta_limit: most } },
      intent: { ...gates.intent, hedge },
    },
  };
}
