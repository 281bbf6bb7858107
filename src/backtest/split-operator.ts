/**
 * What an operator does after a split: a book whose contracts have become others stands still until
 * somebody has looked. A run has nobody, so the shares that the split brought are adopted and the
 * book is resumed, as soon as it is quoted again, by the same commands.
 */

import { sessionState } from '../domain/calendar.ts';
import type { DrivenExchange } from '../gateway/sim/exchange.ts';
import type { Session } from './session.ts';

export interface SplitOperatorOptions {
  readonly exchange: DrivenExchange;
  readonly session: Session;
  readonly symbol: string;
  /** The contract id of the stock. */
  readonly underlying: number;
  readonly note: (ts: number, text: string) => void;
}

/** Between two tries; the account is read again in between. */
const TRY_MS = 60_000;
/** A session long it is tried; who then still stands still is told of. */
const TRIES_MAX = 390;

export class SplitOperator {
  readonly #options: SplitOperatorOptions;
  #ratio = 1;
  #tries = 0;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(options: SplitOperatorOptions) {
    this.#options = options;
  }

  /** Each share has become `ratio`. */
  split(ts: number, ratio: number): void {
    this.#ratio = ratio;
    this.#tries = TRIES_MAX;
    const { exchange } = this.#options;
    const held = exchange.positions().map(({ contract, quantity }) => {
      return contract.secType === 'OPT'
        ? `${quantity} × ${contract.strike}${contract.right}`
        : `${quantity} shares`;
    });
    this.#options.note(ts, `each share becomes ${ratio}: holds ${held.join(', ') || 'nothing'}`);
  }

  /** After a step. */
  review(ts: number): void {
    const { session, symbol, note } = this.#options;
    if (this.#tries === 0 || ts - this.#triedAt < TRY_MS) return;
    if (sessionState(ts).state !== 'open') return;
    const [book] = session.deciders.books;
    if (book === undefined || book.assessment() === null) return;
    const state = String(book.machines().trading.value);
    if (state !== 'SAFE') {
      // It may not have noticed yet: the account is compared some seconds after it was told.
      if (this.#tries === TRIES_MAX) return;
      this.#tries = 0;
      note(ts, 'resumes after the split');
      return;
    }
    this.#triedAt = ts;
    this.#tries -= 1;
    const shares = this.#shares() - book.owned();
    if (shares !== 0) session.control({ command: 'adopt', symbol, shares });
    const reason = `${this.#ratio} for 1`;
    session.control({ command: 'manual_resume', symbol, reason });
    if (this.#tries === 0) note(ts, 'stands still after the split');
  }

  #shares(): number {
    const { exchange, underlying } = this.#options;
    const held = exchange.positions().find(({ contract }) => contract.conId === underlying);
    return held?.quantity ?? 0;
  }
}
