/**
 * The live turn loop, where all decisions are made, one input at a time: the deciders run to
 * completion, what they did is written to the log, and only then do its effects leave.
 */

import { Fault } from '../fault.ts';
import type { Timer } from './clock.ts';
import { RingQueue } from './ring-queue.ts';
import { Silence } from './silence.ts';
import type { Stamp, TimerElapsed, TurnEffect, TurnInput, TurnRecord, TurnRunner } from './turn.ts';

/** Where turns are written before their effects leave. */
export interface TurnLog {
  /**
   * Throws `Fault('journal_unwritable')`; the turn's effects then never leave. `carried` are the
   * evaluations on tape that the turn's deciders took last: with them the journal alone holds all
   * that the turn could read.
   */
  journal(record: TurnRecord, carried: readonly TurnRecord[]): void;
  /**
   * An evaluation that changed nothing: kept beside the journal, needed neither to recover nor to
   * replay. It never throws: a tape that is lost does not stop a decision.
   */
  tape(record: TurnRecord): void;
  /**
   * Nothing more is taken for now: what waits to be taped with others is written. Like `tape` it
   * never throws.
   */
  endSlice(): void;
}

/** Times the steps of a turn; each call follows the one before. */
export interface TurnMeter {
  begun(input: TurnInput, at: Stamp): void;
  decided(): void;
  logged(): void;
}

export interface TurnLoopOptions {
  readonly runner: TurnRunner;
  readonly log: TurnLog;
  readonly stamp: () => Stamp;
  readonly setMonoTimer: (due: number, fire: () => void) => Timer;
  readonly setTradingTimer: (due: number, fire: () => void) => Timer;
  readonly deliver: (to: string, message: unknown) => void;
  /** After each turn, for feeds and views. */
  readonly onTurn: (record: TurnRecord) => void;
  /** A throw in a turn: state is unknown, nothing of it has left. The loop takes no more. */
  readonly onDefect: (error: unknown, input: TurnInput) => void;
  /** Yields to the event loop when work remains after this long (ms). */
  readonly sliceMs: number;
  readonly capacity: number;
  readonly evaluationIntervalMs: number;
  readonly meter?: TurnMeter;
  /**
   * Runs it when what the caller was handed together is done: then wakes of one batch of messages
   * are one slice. Absent: a slice ends when nothing waits.
   */
  readonly soon?: (run: () => void) => void;
}

interface Board {
  readonly to: string;
  readonly read: () => Float64Array | null;
  lastMono: number;
  /** It has a record that was not read: it is in the queue, or waits for its interval. */
  isUnread: boolean;
  wait: Timer | null;
}

/** Queues inputs, runs turns, logs them, lets their effects go. */
export class TurnLoop {
  readonly #options: TurnLoopOptions;
  readonly #queue: TurnInput[] = [];
  readonly #boards = new Map<string, Board>();
  /** Boards with a record that may be read now, the one that waits longest first. */
  readonly #due = new RingQueue<Board>();
  /** Boards with a record that was not read. */
  #unread = 0;
  readonly #timers = new Map<string, Timer>();
  /** Elapsed timers whose input still waits; a cancel in between takes them out. */
  readonly #elapsed = new Map<string, TimerElapsed>();
  readonly #silence = new Silence<TurnRecord>();
  #head = 0;
  #draining = false;
  #resume: NodeJS.Immediate | null = null;
  #ending = false;
  #halted = false;

  constructor(options: TurnLoopOptions) {
    this.#options = options;
  }

  /**
   * Declares the board whose record an evaluation of decider `to` reads. It may be the same array
   * each time: whoever keeps it beyond the decider's next evaluation copies it.
   */
  addBoard(to: string, read: () => Float64Array | null): void {
    const lastMono = Number.NEGATIVE_INFINITY;
    this.#boards.set(to, { to, read, lastMono, isUnread: false, wait: null });
  }

  /** Queues an input; it is taken at once when nothing else is under way. */
  input(input: TurnInput): void {
    if (this.#halted) return;
    if (this.depth >= this.#options.capacity) {
      throw new Fault('mailbox_full', `the kernel has ${this.depth} inputs waiting`);
    }
    this.#queue.push(input);
    this.#drain();
  }

  /** The board of `to` has a new record: evaluate it when its interval allows. */
  wake(to: string): void {
    const board = this.#boards.get(to);
    if (board === undefined || this.#halted) return;
    if (!board.isUnread) {
      board.isUnread = true;
      this.#unread += 1;
      this.#due.push(board);
    }
    this.#drain();
  }

  /** Inputs that wait. */
  get depth(): number {
    return this.#queue.length - this.#head;
  }

  /** Whether nothing waits: no input, no unread board. */
  get idle(): boolean {
    return this.depth === 0 && this.#unread === 0;
  }

  /** Takes no more input and lets no timer fire. */
  halt(): void {
    this.#halted = true;
    for (const timer of this.#timers.values()) timer.cancel();
    for (const board of this.#boards.values()) board.wait?.cancel();
    this.#timers.clear();
    if (this.#resume !== null) clearImmediate(this.#resume);
  }

  #drain(): void {
    if (this.#draining || this.#resume !== null || this.#halted) return;
    this.#draining = true;
    const until = this.#options.stamp().mono + this.#options.sliceMs;
    try {
      for (;;) {
        const input = this.#next();
        if (this.#halted) break;
        if (input === null) {
          if (this.#endsSoon()) break;
          this.#options.log.endSlice();
          // A tape that broke has something to say, and that is an input.
          if (this.depth === 0) break;
          continue;
        }
        this.#turn(input);
        if (this.#options.stamp().mono >= until && !this.idle) {
          this.#options.log.endSlice();
          this.#resume = setImmediate(() => {
            this.#resume = null;
            this.#drain();
          });
          break;
        }
      }
    } finally {
      this.#draining = false;
    }
  }

  #endsSoon(): boolean {
    const { soon } = this.#options;
    if (soon === undefined) return false;
    if (this.#ending) return true;
    this.#ending = true;
    soon(this.#endSlice);
    return true;
  }

  readonly #endSlice = (): void => {
    this.#ending = false;
    this.#options.log.endSlice();
    if (this.depth > 0) this.#drain();
  };

  /** Messages before boards: what the broker says outranks what the market says. */
  #next(): TurnInput | null {
    for (;;) {
      const input = this.#take();
      if (input === null) break;
      if (input.kind !== 'timer' || this.#stillElapsed(input)) return input;
    }
    for (let board = this.#due.shift(); board !== undefined; board = this.#due.shift()) {
      const evaluation = this.#evaluation(board);
      if (evaluation !== null) return evaluation;
    }
    return null;
  }

  #take(): TurnInput | null {
    const input = this.#queue[this.#head];
    if (input === undefined) return null;
    this.#head += 1;
    if (this.#head === this.#queue.length || this.#head > 1024) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    return input;
  }

  #stillElapsed(input: TurnInput): boolean {
    const elapsed = input.body as TimerElapsed;
    const key = `${input.to}/${elapsed.name}`;
    return this.#elapsed.get(key) === elapsed && this.#elapsed.delete(key);
  }

  #evaluation(board: Board): TurnInput | null {
    const { mono } = this.#options.stamp();
    const due = board.lastMono + this.#options.evaluationIntervalMs;
    if (mono < due) {
      // Out of the queue meanwhile: of hundreds that wait none is looked at with each turn.
      board.wait = this.#options.setMonoTimer(due, () => {
        board.wait = null;
        this.#due.push(board);
        this.#drain();
      });
      return null;
    }
    board.isUnread = false;
    this.#unread -= 1;
    board.lastMono = mono;
    const record = board.read();
    return record === null ? null : { kind: 'evaluation', to: board.to, body: record };
  }

  #turn(input: TurnInput): void {
    const { runner, log, stamp, onTurn, onDefect, meter } = this.#options;
    let record: TurnRecord;
    try {
      const at = stamp();
      meter?.begun(input, at);
      record = runner.run(input, at);
      meter?.decided();
      if (this.#silence.keep(record)) log.tape(record);
      else log.journal(record, this.#silence.carriedBy(record));
      meter?.logged();
    } catch (error) {
      this.halt();
      onDefect(error, input);
      return;
    }
    for (const effect of record.effects) this.#perform(effect);
    onTurn(record);
  }

  #perform(effect: TurnEffect): void {
    if (effect.kind === 'send') {
      this.#options.deliver(effect.to, effect.message);
      return;
    }
    const key = `${effect.to}/${effect.name}`;
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
    this.#elapsed.delete(key);
    if (effect.kind === 'cancel') return;
    const { setMonoTimer, setTradingTimer } = this.#options;
    const set = effect.clock === 'mono' ? setMonoTimer : setTradingTimer;
    const timer = set(effect.due, () => {
      this.#timers.delete(key);
      const body: TimerElapsed = { type: 'timer', name: effect.name, due: effect.due };
      this.#elapsed.set(key, body);
      this.input({ kind: 'timer', to: effect.to, body });
    });
    this.#timers.set(key, timer);
  }
}
