/**
 * The recorder: takes what the tap on the quotes brings, in a thread of its own, at its own pace,
 * and writes it to a data set. Nothing waits for it. A disk that takes nothing is told and tried
 * again, for as long as it takes; what has no room meanwhile is counted and named in the data set.
 */

import type { Contract } from '../src/domain/contract.ts';
import { Fault } from '../src/fault.ts';
import {
  copyOf,
  openTapReader,
  type QuoteTapDescriptor,
  type QuoteTapReader,
  TAP_CAPACITY,
  type TappedQuote,
} from '../src/protocol/quote-tap.ts';
import type { RecorderMessage, RecorderReport } from '../src/protocol/recorder.ts';
import type { Actor, ActorContext } from '../src/runtime/actor.ts';
import type { Timer } from '../src/runtime/clock.ts';
import { defineProtocol } from '../src/runtime/protocol.ts';
import { giveWay } from '../src/store/priority.ts';
import { openRecording, type Recording, type RecordingOptions } from '../src/store/recording.ts';
import { Sieve } from './recorder/sieve.ts';

export interface RecorderArgs {
  readonly tap: QuoteTapDescriptor;
  readonly recording: RecordingOptions;
  /** A file is closed after so long at the latest, and read from then on. */
  readonly fileMs: number;
  /** What is watched when it begins. */
  readonly contracts: readonly Contract[];
  /** The actor that takes every `RecorderReport`. */
  readonly reportTo: string;
  /** It has a thread of its own, which gives way to those that decide. */
  readonly givesWay?: boolean;
}

/** Between two looks at the tap: a ring holds eight seconds of a busy market. */
const LOOK_MS = 200;
const REPORT_MS = 1000;
/** What waits goes to the disk after so long at the latest: so much a crash may cost. */
const FLUSH_MS = 30_000;
/** A disk that took nothing is tried again. */
const RETRY_MS = 5000;
/** Quotes of contracts that are not watched yet: the message may be on its way. */
const EARLY_MAX = 1000;

const PROTOCOL = defineProtocol<RecorderMessage>({ watch: true, lost: true });

export function createActor(context: ActorContext, args: RecorderArgs): Actor<RecorderMessage> {
  if (args.givesWay === true) giveWay();
  return new Recorder(context, args);
}

class Recorder implements Actor<RecorderMessage> {
  readonly protocol = PROTOCOL;
  readonly #context: ActorContext;
  readonly #args: RecorderArgs;
  readonly #tap: QuoteTapReader;
  readonly #sieve: Sieve;
  readonly #watched = new Map<number, Contract>();
  #early: TappedQuote[] = [];
  #recording: Recording | null = null;
  #failure: string | null = null;
  #recovered = '';
  #timer: Timer | undefined;
  #writeAt: number;
  #reportAt: number;
  #closeAt: number;
  #told: RecorderReport['state'] | undefined;
  #missed: number;
  #lagMs = 0;
  #undated = 0;
  #unwatched = 0;
  #delayed = 0;

  constructor(context: ActorContext, args: RecorderArgs) {
    this.#context = context;
    this.#args = args;
    this.#tap = openTapReader(args.tap);
    this.#missed = this.#tap.missed();
    this.#sieve = new Sieve(args.recording.intervalMs, (row) => {
      this.#try(() => this.#recording?.add(row));
    });
    for (const contract of args.contracts) this.#watched.set(contract.conId, contract);
    this.#writeAt = this.#reportAt = context.mono.now();
    this.#closeAt = this.#writeAt + args.fileMs;
    this.#open();
    this.#look();
  }

  receive(message: RecorderMessage): void {
    this.#drain();
    if (message.type === 'watch') this.#watch(message.contracts);
    else this.#lose();
  }

  /** A line without its connection shows nothing, so that a run on this data trades on none. */
  #lose(): void {
    this.#sieve.forgetAll();
    this.#recording?.noteGap('link', null);
  }

  #watch(contracts: readonly Contract[]): void {
    const wanted = new Map(contracts.map((contract) => [contract.conId, contract]));
    for (const conId of this.#watched.keys()) if (!wanted.has(conId)) this.#sieve.forget(conId);
    this.#watched.clear();
    for (const [conId, contract] of wanted) this.#watched.set(conId, contract);
    const early = this.#early;
    this.#early = [];
    for (const quote of early) {
      if (wanted.has(quote.conId)) this.#take(quote);
      else this.#unwatched += 1;
    }
  }

  stop(): void {
    this.#timer?.cancel();
    this.#drain();
    this.#sieve.finish();
    this.#attempt(() => this.#recording?.close());
    this.#report();
  }

  #look(): void {
    const now = this.#context.mono.now();
    this.#drain();
    if (now >= this.#writeAt) {
      if (this.#recording === null) this.#open();
      else if (now >= this.#closeAt) this.#closeFile(now);
      else this.#attempt(() => this.#recording?.flush());
      this.#writeAt = now + (this.#failure === null ? FLUSH_MS : RETRY_MS);
    }
    if (now >= this.#reportAt || this.#told !== this.#state()) this.#report();
    this.#timer = this.#context.mono.setTimer(LOOK_MS, () => this.#look());
  }

  #closeFile(now: number): void {
    this.#attempt(() => this.#recording?.closeFile());
    this.#closeAt = now + this.#args.fileMs;
  }

  #open(): void {
    this.#attempt(() => {
      const recording = openRecording(this.#args.recording);
      this.#recording = recording;
      this.#recovered = recording.recovered ?? '';
      if (recording.recovered === null) return;
      this.#context.log.warn({ left: recording.recovered }, 'the recorder before was killed');
    });
  }

  /** While there is nowhere to put them they stay in the ring, until that is full. */
  #drain(): void {
    if (this.#recording === null) return;
    this.#tap.drain((quote) => this.#take(quote), TAP_CAPACITY);
    const missed = this.#tap.missed();
    if (missed === this.#missed) return;
    this.#recording.noteGap('overrun', missed - this.#missed);
    this.#missed = missed;
  }

  #take(quote: TappedQuote): void {
    const { conId, ts, dataType } = quote;
    const contract = this.#watched.get(conId);
    if (!Number.isFinite(ts)) this.#undated += 1;
    else if (contract === undefined) this.#keepEarly(quote);
    else {
      if (this.#recording?.knows(conId) === false) {
        this.#recording.addInstrument({ contract, previousClose: quote.close });
      }
      // 3 and 4: fifteen minutes late, and dated as if they were not.
      if (dataType >= 3) this.#delayed += 1;
      this.#lagMs = Math.max(this.#lagMs, this.#context.mono.now() - quote.recvMono);
      this.#sieve.take(quote);
    }
  }

  #keepEarly(quote: TappedQuote): void {
    if (this.#early.length < EARLY_MAX) this.#early.push(copyOf(quote));
    else this.#unwatched += 1;
  }

  /** What writes, and shows thereby that the disk takes something. */
  #attempt(work: () => void): void {
    if (this.#try(work)) this.#failure = null;
  }

  #try(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (thrown) {
      // What the disk or another recorder refuses; all else is a defect.
      if (!(thrown instanceof Fault)) throw thrown;
      if (this.#failure === null) {
        this.#writeAt = this.#context.mono.now() + RETRY_MS;
        this.#context.log.error({ err: thrown }, 'the recorder cannot write');
      }
      this.#failure = thrown.message;
      return false;
    }
  }

  #state(): RecorderReport['state'] {
    return this.#failure === null ? 'recording' : 'failed';
  }

  #report(): void {
    const tally = this.#recording?.tally;
    const state = this.#state();
    this.#context.ref<RecorderReport>(this.#args.reportTo).cast({
      type: 'recorder',
      state,
      reason: this.#failure ?? this.#recovered,
      dir: this.#args.recording.dir,
      rows: tally?.rows ?? 0,
      waiting: tally?.waiting ?? 0,
      files: tally?.files ?? 0,
      bytes: tally?.bytes ?? 0,
      lastTs: tally?.lastTs ?? null,
      lagMs: Math.round(this.#lagMs),
      skipped: {
        overrun: this.#missed,
        unwritable: tally?.lost ?? 0,
        undated: this.#undated,
        unwatched: this.#unwatched,
      },
      delayed: this.#delayed,
    });
    this.#told = state;
    this.#lagMs = 0;
    this.#reportAt = this.#context.mono.now() + REPORT_MS;
  }
}
