/**
 * What an operator does about a split. A book whose contracts have become others stands still until
 * somebody has looked, and one without options keeps its shares. A run has nobody, so the same
 * commands are given for it: shares that hedge nothing overnight are closed before, those that the
 * split brought are adopted after it, and the book is resumed as soon as it is quoted again.
 */

import { sessionState } from '../domain/calendar.ts';
import { splitText } from '../domain/split-ratio.ts';
import type { DrivenExchange } from '../gateway/sim/exchange.ts';
import { type RunSplit, splitTonight } from './run-splits.ts';
import type { Session } from './session.ts';

export interface SplitOperatorOptions {
  readonly exchange: DrivenExchange;
  readonly session: Session;
  readonly symbol: string;
  /** The contract id of the stock. */
  readonly underlying: number;
  readonly splits: readonly RunSplit[];
  /** The book leaves shares without an option where they are. */
  readonly flattens: boolean;
  readonly note: (ts: number, text: string) => void;
}

/** Between two tries; the account is read again in between. */
const TRY_MS = 60_000;
/** A session long it is tried; who then still stands still is told of. */
const TRIES_MAX = 390;
/** Of trading, in which a book notices what became of its contracts; later causes are others'. */
const NOTICE_MS = 1_800_000;

export class SplitOperator {
  readonly #options: SplitOperatorOptions;
  #ratio = 1;
  #tries = 0;
  #triedAt = Number.NEGATIVE_INFINITY;
  /** The first moment of trading after the split. */
  #openedAt = Number.NaN;
  #flattened: RunSplit | null = null;

  constructor(options: SplitOperatorOptions) {
    this.#options = options;
  }

  /** It has taken effect. */
  split(ts: number, { ratio }: RunSplit): void {
    this.#ratio = ratio;
    this.#tries = TRIES_MAX;
    this.#openedAt = Number.NaN;
    const held = this.#options.exchange.positions().map(({ contract, quantity }) => {
      return contract.secType === 'OPT'
        ? `${quantity} × ${contract.strike}${contract.right}`
        : `${quantity} shares`;
    });
    const holds = held.join(', ') || 'nothing';
    this.#options.note(ts, `the shares split ${splitText(ratio)}: holds ${holds}`);
  }

  /** After a step. */
  review(ts: number): void {
    const { splits } = this.#options;
    const tonight = splits.length === 0 ? null : splitTonight(splits, ts);
    if (tonight !== null) this.#flatten(ts, tonight);
    if (this.#tries === 0 || ts - this.#triedAt < TRY_MS) return;
    if (sessionState(ts).state === 'open') this.#settle(ts);
  }

  /** Once: what hedged options that are gone would be a bet of its own. */
  #flatten(ts: number, tonight: RunSplit): void {
    const { exchange, session, symbol, flattens, note } = this.#options;
    if (!flattens || this.#flattened === tonight) return;
    const [book] = session.deciders.books;
    const isHeld = exchange.positions().some(({ contract }) => contract.secType === 'OPT');
    const owned = book?.owned() ?? 0;
    if (isHeld || owned === 0) return;
    this.#flattened = tonight;
    note(ts, `closes ${owned} shares: no option is held over the split`);
    session.control({ command: 'flatten', symbol });
  }

  #settle(ts: number): void {
    const { session, symbol, note } = this.#options;
    const [book] = session.deciders.books;
    if (book === undefined) return;
    if (this.#flattened !== null) {
      // A flatten leaves the engine suspended: it has this book alone.
      session.control({ command: 'resume' });
      this.#flattened = null;
    }
    if (book.assessment() === null) return;
    if (Number.isNaN(this.#openedAt)) this.#openedAt = ts;
    const state = String(book.machines().trading.value);
    if (state !== 'SAFE') {
      // It may not have noticed yet: the account is compared some seconds after it was told.
      if (this.#tries === TRIES_MAX && ts - this.#openedAt < NOTICE_MS) return;
      if (this.#tries < TRIES_MAX) note(ts, 'resumes after the split');
      this.#tries = 0;
      return;
    }
    this.#triedAt = ts;
    this.#tries -= 1;
    const shares = this.#shares() - book.owned();
    if (shares !== 0) session.control({ command: 'adopt', symbol, shares });
    const reason = splitText(this.#ratio);
    session.control({ command: 'manual_resume', symbol, reason });
    if (this.#tries === 0) note(ts, 'stands still after the split');
  }

  #shares(): number {
    const { exchange, underlying } = this.#options;
    const held = exchange.positions().find(({ contract }) => contract.conId === underlying);
    return held?.quantity ?? 0;
  }
}
