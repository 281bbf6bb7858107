/**
 * The deciders of one session, made from its boot record and nothing else: the live engine, a
 * replay and a simulation all begin here, so they cannot begin differently.
 */

import { type Book, createBook } from '../../actors/book.ts';
import { createDaemonData } from '../../actors/daemon/state.ts';
import { createDaemon, type Daemon } from '../../actors/daemon.ts';
import type { BootBody } from '../protocol/decision-config.ts';
import { durableBook } from '../protocol/durable.ts';
import { type Decider, TurnRunner } from '../runtime/turn.ts';

export interface Deciders {
  readonly runner: TurnRunner;
  readonly daemon: Daemon;
  readonly books: readonly Book[];
}

/**
 * `lastSeq` is the last sequence number used in the journal before this session. `around` is put
 * in the place of each book, to see what it hears.
 */
export function createDeciders(
  boot: BootBody,
  lastSeq: number,
  around: (book: Book) => Decider = (book) => book,
): Deciders {
  const { config, durable } = boot;
  const runner = new TurnRunner(lastSeq);
  const known = config.books.map(({ settings: { symbol, account } }) => ({
    symbol,
    durable: durableBook(durable, symbol, account),
  }));
  const accounts = known.map((one) => [one.symbol, one.durable?.account ?? ''] as const);
  const daemon = createDaemon(createDaemonData(config, durable, new Map(accounts)));
  const books = config.books.map((book, index) =>
    createBook(config, book, known[index]?.durable ?? null),
  );
  runner.add(daemon);
  for (const book of books) runner.add(around(book));
  return { runner, daemon, books };
}

/** Others that are where these are, and go on by themselves. Of a session without `around`. */
export function forkDeciders({ daemon, books }: Deciders, copy: <T>(value: T) => T): Deciders {
  const runner = new TurnRunner(0);
  const forked = {
    daemon: createDaemon(copy(daemon.data)),
    books: books.map((book) => book.fork(copy)),
  };
  runner.add(forked.daemon);
  for (const book of forked.books) runner.add(book);
  return { runner, ...forked };
}
