/**
 * The shadows of all books of a session, fed with its records: the live deciders run again, as in
 * a replay, and what each live book hears its shadows hear too. It is a function of the records
 * alone; that they were made a moment ago or last year makes no difference, and nothing of it is
 * seen where they are made.
 */

import type { Book } from '../../../actors/book.ts';
import type { BrokerCommand } from '../../protocol/broker.ts';
import { ACTORS, type BookMessage } from '../../protocol/decision.ts';
import type { BootBody } from '../../protocol/decision-config.ts';
import type { JournalRecord } from '../../protocol/records.ts';
import { LIVE, type ShadowRow } from '../../protocol/shadows.ts';
import type { Decider, Stamp, TurnRecord } from '../../runtime/turn.ts';
import { createDeciders, type Deciders } from '../deciders.ts';
import { LivePicture } from './live-picture.ts';
import { ShadowBook } from './shadow-book.ts';
import { Tally } from './tally.ts';

/** A live book with what is measured beside it. */
interface Shadowed {
  readonly book: Book;
  readonly picture: LivePicture;
  readonly tally: Tally;
  readonly shadows: readonly ShadowBook[];
  /** What the book heard in the record that is being taken. */
  readonly heard: BookMessage[];
}

type Evaluated = Pick<JournalRecord, 'seq' | 'kind' | 'to' | 'at' | 'body'>;

export class ShadowHost {
  #deciders: Deciders | null = null;
  readonly #books: Shadowed[] = [];
  readonly #ended: ShadowRow[] = [];
  #last = 0;

  /** The next record of the session, the boot record first; those of the tape in their place. */
  take(record: JournalRecord): void {
    if (record.kind === 'boot') this.#boot(record);
    // What is on no tape any more, but was looked at.
    for (const evaluation of record.carried ?? []) {
      if (evaluation.seq > this.#last) this.#again({ ...evaluation, kind: 'evaluation' });
    }
    this.#again(record);
  }

  /** Every book and shadow with what it did today, behind those of days that have ended since. */
  rows(): readonly ShadowRow[] {
    const ended = this.#ended.splice(0);
    const current = this.#books.flatMap(({ tally, shadows }) =>
      [tally, ...shadows.map((shadow) => shadow.tally)].flatMap((one) => one.row() ?? []),
    );
    return [...ended, ...current];
  }

  #boot({ body, seq }: JournalRecord): void {
    const boot = body as BootBody;
    this.#books.length = 0;
    this.#last = seq - 1;
    this.#deciders = createDeciders(boot, seq - 1, (book) => {
      const shadowed = this.#shadow(boot, seq, book);
      return shadowed === null ? book : overhear(book, shadowed.heard);
    });
  }

  #shadow(boot: BootBody, session: number, book: Book): Shadowed | null {
    const { symbol } = book;
    const config = boot.config.books.find(({ settings }) => settings.symbol === symbol);
    const { shadows = [] } = config?.settings ?? {};
    if (config === undefined || shadows.length === 0) return null;
    const picture = new LivePicture(symbol);
    const shadowed = {
      ...{ book, picture, heard: [] },
      tally: new Tally({ symbol, session, name: LIVE }),
      shadows: shadows.map((shadow) => {
        return new ShadowBook({ boot, session, config, shadow, picture });
      }),
    };
    this.#books.push(shadowed);
    return shadowed;
  }

  #again(record: Evaluated): void {
    if (this.#deciders === null) return;
    this.#last = record.seq;
    const turn = this.#deciders.runner.runAgain(record);
    for (const shadowed of this.#books) this.#follow(shadowed, turn, record.at);
  }

  #follow(shadowed: Shadowed, turn: TurnRecord, at: Stamp): void {
    const { book, picture, tally, shadows, heard } = shadowed;
    for (const effect of turn.effects) {
      if (effect.kind === 'send' && effect.to === ACTORS.broker) {
        noteCommand(shadowed, effect.message as BrokerCommand);
      }
    }
    const messages = heard.splice(0);
    for (const message of messages) picture.take(message);
    if (turn.touched.includes(book.id)) {
      const ended = tally.take(ownPart(turn, book), book);
      if (ended !== null) this.#ended.push(ended);
    }
    for (const shadow of shadows) {
      shadow.take(messages, at);
      this.#ended.push(...shadow.ended.splice(0));
    }
  }
}

/** What the live book asks of its broker, so that the answers are known for what they are. */
function noteCommand({ book, picture }: Shadowed, command: BrokerCommand): void {
  if (command.type === 'order.submit' && command.order.contract.symbol === book.symbol) {
    picture.noteOrder(command.order.orderRef);
  }
  if (command.type === 'read' && command.readId.startsWith(`${book.id}#`)) {
    picture.noteRead(command.readId);
  }
}

/** A turn may be of several books: facts tell of which. */
function ownPart(turn: TurnRecord, { symbol }: Book): TurnRecord {
  const facts = turn.facts.filter((fact) => {
    const { execution } = fact as { execution?: { contract: { symbol: string } } };
    return (execution?.contract.symbol ?? (fact as { symbol?: string }).symbol) === symbol;
  });
  return { ...turn, facts };
}

/** The book as it is, and a list of what it is told. */
function overhear(book: Book, heard: BookMessage[]): Decider {
  return {
    id: book.id,
    receive(message, turn) {
      heard.push(message as BookMessage);
      book.receive(message, turn);
    },
    digest: () => book.digest(),
  };
}
