/**
 * Where the live engine writes its turns: the journal, without which nothing is done, and the tape
 * beside it, which may be lost. What is lost of the tape is said in the journal by number, so that
 * a gap which nobody explains is damage and never a guess.
 */

import { Fault } from '../fault.ts';
import type { Logger } from '../log.ts';
import {
  type CarriedEvaluation,
  type JournalRecord,
  peekRecord,
  RecordWriter,
  type TapeLoss,
} from '../protocol/records.ts';
import type { Clock } from '../runtime/clock.ts';
import type { TurnRecord } from '../runtime/turn.ts';
import type { TurnLog } from '../runtime/turn-loop.ts';
import { type Journal, openJournal } from '../store/journal.ts';
import { readSegment, segmentPath } from '../store/journal-frame.ts';
import { createJournalMark, type JournalMark } from '../store/journal-mark.ts';
import { settleTail } from '../store/journal-tail.ts';
import { type Recovered, recover } from './recover.ts';

export interface OpenOptions {
  readonly dir: string;
  readonly fsync: 'interval' | 'always';
  readonly mono: Clock;
  readonly log: Logger;
  /** See `TurnLogOptions`. */
  readonly onLost: (loss: TapeLoss) => boolean;
}

export interface OpenedLog {
  readonly journal: Journal;
  /** How far the journal may be shipped. */
  readonly mark: JournalMark;
  readonly log: JournalTurnLog;
  /** What earlier sessions knew. */
  readonly known: Recovered;
}

const SEGMENT_BYTES = 64 * 1024 * 1024;
/** Of the tape: days of it with a handful of books. */
const TAPE_BYTES = 2 * 1024 * 1024 * 1024;
const FSYNC_INTERVAL_MS = 1000;
/** Of the tape, in one write: two dozen evaluations of a straddle. */
const GATHER_BYTES = 48 * 1024;

/** Opens the journal in `dir`, tells what it held, and begins a session's log. */
export function openTurnLog({ dir, fsync, mono, log, onLost }: OpenOptions): OpenedLog {
  const files = { dir, fsyncIntervalMs: FSYNC_INTERVAL_MS, mono, segmentBytes: SEGMENT_BYTES };
  const mark = createJournalMark();
  const journal = openJournal({ ...files, prefix: 'journal', fsync, mark });
  if (journal.tornBytes > 0) {
    log.warn({ bytes: journal.tornBytes }, 'the last journal record was cut short: dropped');
  }
  settleTape(dir, log);
  const known = recover(dir);
  const tape = {
    ...files,
    prefix: 'tape',
    fsync: 'interval',
    retentionBytes: TAPE_BYTES,
    gatherBytes: GATHER_BYTES,
  } as const;
  const openTape = (onDropped: Dropped): Journal => openJournal({ ...tape, onDropped });
  const turnLog = new JournalTurnLog({ dir, journal, openTape, mono, log, onLost });
  if (known.tapeLoss !== null) turnLog.note(known.tapeLoss);
  return { journal, mark, log: turnLog, known };
}

/**
 * The tape is opened with its first evaluation, but this session's start already says what the last
 * one lost of it: a power cut must not take more of it afterwards.
 */
function settleTape(dir: string, log: Logger): void {
  try {
    settleTail(dir, 'tape');
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    log.warn({ code: error.code, reason: error.message }, 'the tape cannot be made lasting');
  }
}

type Dropped = (segments: readonly number[], next: number) => void;

export interface TurnLogOptions {
  readonly dir: string;
  readonly journal: Journal;
  /** Begins a segment of the tape; `onDropped` hears of segments that are about to go. */
  readonly openTape: (onDropped: Dropped) => Journal;
  readonly mono: Clock;
  readonly log: Logger;
  /** The loss is to become the input of a turn; false where that is not possible now. */
  readonly onLost: (loss: TapeLoss) => boolean;
}

/** How long a tape that could not be written is left alone. */
const RETRY_MS = 10_000;

/** The log of one session. */
export class JournalTurnLog implements TurnLog {
  readonly #options: TurnLogOptions;
  readonly #journalWriter = new RecordWriter();
  readonly #tapeWriter = new RecordWriter();
  #tape: Journal | null = null;
  #retryAt = Number.NEGATIVE_INFINITY;
  /** Lost, and not yet said in the journal. */
  #pending: TapeLoss[] = [];
  #lastSeq = 0;
  /** Numbers of evaluations that wait to be written to the tape. */
  readonly #gathered: number[] = [];
  /** What the system said when the tape broke. */
  #detail = '';
  /** The first loss is said at once, those behind it with the next turn that is written. */
  #mayWait = true;
  /** Evaluations of this session that are on no tape because it could not be written. */
  tapeLost = 0;

  constructor(options: TurnLogOptions) {
    this.#options = options;
  }

  journal(record: TurnRecord, carried: readonly TurnRecord[]): void {
    // The tape is never behind the journal: a gap in it is then a loss, and no delay.
    this.endSlice();
    const bytes = this.#journalWriter.write(
      record as JournalRecord,
      // Only evaluations are carried, and their bodies are the doubles of a board.
      carried as readonly (TurnRecord & CarriedEvaluation)[],
    );
    this.#options.journal.append(bytes);
    this.#lastSeq = record.seq;
    if (record.kind !== 'tape_lost') this.#tell();
  }

  tape(record: TurnRecord): void {
    this.#lastSeq = record.seq;
    this.#gathered.push(record.seq);
    try {
      if (this.#tape === null) this.#open(record.seq);
      const waiting = this.#tape?.append(this.#tapeWriter.write(record as JournalRecord));
      if (waiting !== undefined && waiting < this.#gathered.length) {
        this.#gathered.splice(0, this.#gathered.length - waiting);
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#broken(error);
    }
    if (this.#tape === null) this.#loseGathered();
  }

  endSlice(): void {
    if (this.#gathered.length === 0) return;
    try {
      this.#tape?.flush();
      this.#gathered.length = 0;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#broken(error);
      this.#loseGathered();
    }
  }

  /** What is lost already when the session begins: what a crash took. */
  note(loss: TapeLoss): void {
    this.#pending.push(loss);
  }

  close(): void {
    this.endSlice();
    this.#options.journal.close();
    try {
      this.#tape?.close();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#options.log.error({ err: error }, 'the tape could not be closed');
    }
  }

  #open(seq: number): void {
    const now = this.#options.mono.now();
    if (now < this.#retryAt) return;
    this.#retryAt = now + RETRY_MS;
    this.#tape = this.#options.openTape((dropped, next) => this.#dropped(dropped, next, seq));
  }

  #broken(fault: Fault): void {
    const { log, mono } = this.#options;
    log.error({ err: fault }, 'the tape cannot be written: trading goes on without it');
    this.#retryAt = mono.now() + RETRY_MS;
    this.#detail = fault.message;
    this.#mayWait = false;
    const tape = this.#tape;
    this.#tape = null;
    try {
      tape?.close();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
    }
  }

  #loseGathered(): void {
    for (const seq of this.#gathered.splice(0)) this.#lose(seq);
  }

  #lose(seq: number): void {
    this.tapeLost += 1;
    const last = this.#pending.at(-1);
    if (last?.reason === 'unwritable') {
      this.#pending[this.#pending.length - 1] = { ...last, to: seq, count: (last.count ?? 0) + 1 };
      return;
    }
    const loss = { type: 'tape.lost', from: seq, to: seq, count: 1 } as const;
    this.#pending.push({ ...loss, reason: 'unwritable', detail: this.#detail });
    if (!this.#mayWait) this.#tell();
    this.#mayWait = true;
  }

  /** Says what is lost, each in a turn of its own; what cannot be said now is kept. */
  #tell(): void {
    while (this.#pending[0] !== undefined && this.#options.onLost(this.#pending[0])) {
      this.#pending.shift();
    }
  }

  /** Segments go for the sake of room: all numbers from their first to what is kept. */
  #dropped(dropped: readonly number[], next: number, openedAt: number): void {
    const [first] = dropped;
    const from = first === undefined ? undefined : this.#firstSeq(first);
    if (from === undefined) return;
    const kept = this.#firstSeq(next) ?? Math.max(this.#lastSeq, openedAt);
    this.#pending.push({
      type: 'tape.lost',
      from,
      to: Math.max(from, kept - 1),
      count: null,
      reason: 'retention',
      detail: `${dropped.length} segments were dropped`,
    });
  }

  #firstSeq(segment: number): number | undefined {
    const path = segmentPath(this.#options.dir, 'tape', segment);
    for (const { payload } of readSegment(path, { segment, offset: 0 })) {
      return peekRecord(payload).seq;
    }
    return undefined;
  }
}
