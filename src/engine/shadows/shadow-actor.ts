/**
 * The thread of the shadows: it follows the journal at its own pace and tells now and then what its
 * shadows did. Nothing waits for it, and it knows nobody but whom it tells.
 */

import type { ShadowReport } from '../../protocol/shadows.ts';
import type { Actor, ActorContext } from '../../runtime/actor.ts';
import type { Timer } from '../../runtime/clock.ts';
import { defineProtocol } from '../../runtime/protocol.ts';
import { giveWay } from '../../store/priority.ts';
import { JournalTail, type TailOptions } from './journal-tail.ts';
import { ShadowHost } from './shadow-host.ts';

export interface ShadowArgs extends TailOptions {
  /** The actor that takes every `ShadowReport`. */
  readonly reportTo: string;
  /** It has a thread of its own, which gives way to those that decide. */
  readonly givesWay?: boolean;
}

/** Between two looks at the journal; nobody acts upon what shadows do. */
const LOOK_MS = 250;
/** Records of one look: a tenth of a second of work, so that a stop need not wait for more. */
const RECORDS_MAX = 500;
const FIRST_REPORT_MS = 5000;
const REPORT_MS = 10_000;

type Nothing = { readonly type: 'nothing' };
const PROTOCOL = defineProtocol<Nothing>({ nothing: true });

export function createActor(context: ActorContext, args: ShadowArgs): Actor<Nothing> {
  if (args.givesWay === true) giveWay();
  return new Shadows(context, args);
}

class Shadows implements Actor<Nothing> {
  readonly protocol = PROTOCOL;
  readonly #context: ActorContext;
  readonly #args: ShadowArgs;
  readonly #tail: JournalTail;
  readonly #host = new ShadowHost();
  #timer: Timer;
  #reportAt: number;
  #told = '';

  constructor(context: ActorContext, args: ShadowArgs) {
    this.#context = context;
    this.#args = args;
    this.#tail = new JournalTail(args);
    this.#reportAt = context.mono.now() + FIRST_REPORT_MS;
    this.#timer = context.mono.setTimer(LOOK_MS, () => this.#look());
  }

  receive(): void {
    // It is told nothing: what it follows stands in the journal.
  }

  stop(): void {
    this.#timer.cancel();
  }

  #look(): void {
    const { mono } = this.#context;
    const records = this.#tail.read(RECORDS_MAX);
    for (const record of records) this.#host.take(record);
    if (mono.now() >= this.#reportAt) {
      this.#report();
      this.#reportAt = mono.now() + REPORT_MS;
    }
    const more = records.length === RECORDS_MAX;
    this.#timer = mono.setTimer(more ? 0 : LOOK_MS, () => this.#look());
  }

  /** At night nothing is evaluated, and nothing is told. */
  #report(): void {
    const rows = this.#host.rows();
    const told = rows.map(({ day, evaluations }) => `${day} ${evaluations}`).join();
    if (told === this.#told) return;
    this.#told = told;
    this.#context.ref<ShadowReport>(this.#args.reportTo).cast({ type: 'shadows', rows });
  }
}
