/**
 * A data set that is being recorded: rows in the order of time come in one by one and go out in row
 * groups, into a file that is closed when the exchange's day ends, when it is large enough, and
 * when the recorder says so. The manifest names closed files alone, so a reader sees a whole data
 * set at every moment. What a writer that died left open is completed at the next start, and the
 * gap is written down.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newYorkDate } from '../domain/calendar.ts';
import type { TapeInstrument } from '../domain/tape.ts';
import { Fault } from '../fault.ts';
import { hasCode } from './data-dir.ts';
import { readDatasetManifest, writeDatasetManifest } from './dataset.ts';
import {
  type DatasetFile,
  type GapReason,
  NO_ACTIONS,
  type RecordingGap,
} from './dataset-manifest.ts';
import {
  type ClosedPart,
  createParquetPart,
  lastTsIn,
  type ParquetPart,
  recoverParquetPart,
} from './parquet-part.ts';
import { processStartTime } from './process-identity.ts';
import {
  emptyColumns,
  type QuoteColumns,
  type QuoteRow,
  setRow,
  takeRows,
} from './quote-columns.ts';

export interface RecordingOptions {
  readonly dir: string;
  /** Between two rows of one instrument, ms; 0 where every quote is kept. */
  readonly intervalMs: number;
  readonly source: string;
  /** A file is closed when it holds this much. */
  readonly fileBytes: number;
  /** Files of days before the newest so many days are removed; null keeps all. */
  readonly daysKept: number | null;
  /** Rows in a row group, and thereby in memory. */
  readonly groupRows?: number;
}

export interface RecordingTally {
  /** Rows that were taken in this session, and how many of them wait for the disk. */
  readonly rows: number;
  readonly waiting: number;
  /** Files of the data set that are closed, and their bytes with the open one's. */
  readonly files: number;
  readonly bytes: number;
  /** Epoch ms of the newest row taken; null before the first. */
  readonly lastTs: number | null;
  /** Rows for which there was no room while the disk took nothing. */
  readonly lost: number;
}

export interface Recording {
  readonly tally: RecordingTally;
  /** What the writer before left behind, in words; null where it ended well. */
  readonly recovered: string | null;
  /** Whether the contract has its place in the manifest. */
  knows(conId: number): boolean;
  addInstrument(instrument: TapeInstrument): void;
  /**
   * Takes a row that is not older than the one before. Throws `Fault('data_dir_unusable')` when the
   * disk refuses what had to be written; the row is taken all the same, while there is room.
   */
  add(row: QuoteRow): void;
  /** Writes what waits. Throws as `add` does. */
  flush(): void;
  /** Closes the file that is open, so that readers see it. Throws as `add` does. */
  closeFile(): void;
  /** Notes that rows never came here; null where nobody counted them. */
  noteGap(reason: GapReason, rows: number | null): void;
  /** Writes and closes all, and gives the directory back. Throws as `add` does. */
  close(): void;
}

const GROUP_ROWS = 65_536;
/** Of these the newest are kept. */
const GAPS_MAX = 1000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const LOCK_FILE = 'recorder.json';

/** Goes on in `dir`, or begins there. Throws `conflict` where another process records. */
export function openRecording(options: RecordingOptions): Recording {
  return new RecordingWriter(options);
}

class RecordingWriter implements Recording {
  readonly recovered: string | null;
  readonly #options: RecordingOptions;
  readonly #groupRows: number;
  readonly #instruments = new Map<number, TapeInstrument>();
  #files: DatasetFile[] = [];
  #bytesClosed = 0;
  #gaps: RecordingGap[] = [];
  #waiting: QuoteColumns;
  #count = 0;
  /** Of the rows that wait and of the open file. */
  #day = '';
  #hour = { number: Number.NaN, day: '' };
  #part: { readonly part: ParquetPart; readonly file: string } | null = null;
  #rows = 0;
  #lastTs: number | null = null;
  #lost = 0;
  /** The last attempt to write failed. */
  #isFailing = false;
  /** The manifest on disk lacks something. */
  #isBehind = false;

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.#groupRows = options.groupRows ?? GROUP_ROWS;
    this.#waiting = emptyColumns(this.#groupRows);
    this.recovered = this.#attempt(() => this.#begin());
  }

  get tally(): RecordingTally {
    return {
      rows: this.#rows,
      waiting: this.#count,
      files: this.#files.length,
      bytes: this.#bytesClosed + (this.#part?.part.bytes ?? 0),
      lastTs: this.#lastTs,
      lost: this.#lost,
    };
  }

  knows(conId: number): boolean {
    return this.#instruments.has(conId);
  }

  addInstrument(instrument: TapeInstrument): void {
    this.#instruments.set(instrument.contract.conId, instrument);
    this.#isBehind = true;
  }

  add(row: QuoteRow): void {
    const day = this.#dayOf(row.ts);
    const hasRoom = day === this.#day && this.#count < this.#groupRows;
    // Each row would pay for an attempt that fails: that is left to `flush`.
    if (!hasRoom && this.#isFailing) {
      this.#lose();
      return;
    }
    if (day !== this.#day) this.#rollTo(day);
    setRow(this.#waiting, this.#count, row);
    this.#count += 1;
    this.#rows += 1;
    this.#lastTs = row.ts;
    this.#endGaps(row.ts);
    if (this.#count === this.#groupRows) this.flush();
  }

  flush(): void {
    this.#attempt(() => {
      if (this.#count > 0) {
        this.#part ??= this.#beginPart();
        this.#part.part.append(takeRows(this.#waiting, this.#count));
        this.#count = 0;
        if (this.#part.part.bytes >= this.#options.fileBytes) this.#closePart();
      }
      if (this.#isBehind) this.#writeManifest();
    });
  }

  noteGap(reason: GapReason, rows: number | null): void {
    const last = this.#gaps.at(-1);
    // While it lasts it is one gap.
    if (last !== undefined && last.to === null && last.reason === reason) {
      const all = rows === null ? last.rows : (last.rows ?? 0) + rows;
      this.#gaps.splice(-1, 1, { ...last, rows: all });
    } else this.#addGap({ from: this.#lastTs, to: null, reason, rows });
  }

  closeFile(): void {
    this.flush();
    this.#attempt(() => this.#closePart());
  }

  close(): void {
    this.flush();
    this.#attempt(() => {
      this.#closePart();
      this.#writeManifest();
      rmSync(join(this.#options.dir, LOCK_FILE), { force: true });
    });
  }

  #lose(): void {
    this.#lost += 1;
    this.noteGap('unwritable', 1);
  }

  #rollTo(day: string): void {
    try {
      if (this.#day !== '') {
        this.flush();
        this.#attempt(() => this.#closePart());
      }
    } catch (thrown) {
      this.#lose();
      throw thrown;
    }
    this.#day = day;
    this.#dropOldDays(day);
  }

  /** New York is whole hours from UTC: within an hour the day is the same. */
  #dayOf(ts: number): string {
    const hour = Math.floor(ts / HOUR_MS);
    if (hour !== this.#hour.number) this.#hour = { number: hour, day: newYorkDate(ts) };
    return this.#hour.day;
  }

  #begin(): string | null {
    const { dir } = this.#options;
    const quotes = join(dir, 'quotes');
    mkdirSync(quotes, { recursive: true });
    const wasHeld = takePlace(dir);
    const former = readDatasetManifest(dir);
    if (former !== null) {
      if (former.resolution !== 'recorded') throw notARecording(dir);
      for (const one of former.instruments) this.#instruments.set(one.contract.conId, one);
      this.#files = [...former.files];
      this.#gaps = [...former.gaps];
    }
    const told = this.#recoverParts(quotes, wasHeld);
    this.#writeManifest();
    return told;
  }

  /** At most one file is open at a time, and it is the newest. */
  #recoverParts(quotes: string, wasHeld: boolean): string | null {
    const newest = this.#files.at(-1)?.file ?? '';
    // Whoever ends well gives the place back.
    let told: string | null = wasHeld ? 'what was not on disk yet is lost' : null;
    let lastTs = lastTsOf(this.#options.dir, newest);
    for (const name of namesIn(quotes)) {
      const file = `quotes/${name}`;
      const path = join(quotes, name);
      if (this.#files.some((known) => known.file === file)) continue;
      // Older than what the manifest names: dropped for its age, and not removed yet.
      const part = file < newest ? null : recoverParquetPart(path);
      told = `${name}: ${part?.rows ?? 0} rows of it are kept, what came behind them is lost`;
      if (part === null) rmSync(path, { force: true });
      else {
        this.#files.push({ day: name.slice(0, 8), file, rows: part.rows, sha256: part.sha256 });
        lastTs = part.lastTs;
      }
    }
    if (this.#files.length > 0 || told !== null) {
      const reason = told === null ? 'stopped' : 'crashed';
      this.#addGap({ from: lastTs, to: null, reason, rows: null });
    }
    for (const { file } of this.#files) {
      this.#bytesClosed +=
        statSync(join(this.#options.dir, file), { throwIfNoEntry: false })?.size ?? 0;
    }
    return told;
  }

  #beginPart(): { part: ParquetPart; file: string } {
    const used = this.#files.filter(({ day }) => day === this.#day).length;
    for (let number = used + 1; ; number += 1) {
      const file = `quotes/${this.#day}-${String(number).padStart(4, '0')}.parquet`;
      if (this.#files.some((other) => other.file === file)) continue;
      return { part: createParquetPart(join(this.#options.dir, file)), file };
    }
  }

  #closePart(): void {
    if (this.#part === null) return;
    const { part, file } = this.#part;
    const closed: ClosedPart = part.close();
    this.#part = null;
    this.#bytesClosed += closed.bytes;
    const { rows, sha256 } = closed;
    this.#files.push({ day: file.slice(7, 15), file, rows, sha256 });
    this.#isBehind = true;
    this.#writeManifest();
  }

  #writeManifest(): void {
    const { dir, intervalMs, source } = this.#options;
    writeDatasetManifest(dir, {
      ...{ resolution: 'recorded', intervalMs, source, actions: NO_ACTIONS },
      instruments: [...this.#instruments.values()],
      files: this.#files,
      gaps: this.#gaps,
    });
    this.#isBehind = false;
  }

  #dropOldDays(day: string): void {
    const { daysKept, dir } = this.#options;
    if (daysKept === null) return;
    const first = newYorkDate(Date.parse(isoOf(day)) - daysKept * DAY_MS);
    const old = this.#files.filter((file) => file.day < first);
    if (old.length === 0) return;
    this.#files = this.#files.filter((file) => file.day >= first);
    this.#attempt(() => {
      // First nobody is told of them any more.
      this.#writeManifest();
      for (const { file } of old) rmSync(join(dir, file), { force: true });
    });
  }

  #addGap(gap: RecordingGap): void {
    this.#gaps.push(gap);
    this.#gaps = this.#gaps.slice(-GAPS_MAX);
    this.#isBehind = true;
  }

  #endGaps(ts: number): void {
    const last = this.#gaps.at(-1);
    if (last === undefined || last.to !== null) return;
    this.#gaps = this.#gaps.map((gap) => (gap.to === null ? { ...gap, to: ts } : gap));
    this.#isBehind = true;
  }

  #attempt<T>(work: () => T): T {
    try {
      const result = work();
      this.#isFailing = false;
      return result;
    } catch (cause) {
      this.#isFailing = true;
      if (cause instanceof Fault) throw cause;
      const { dir } = this.#options;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Fault('data_dir_unusable', `cannot record to ${dir}: ${why}`, {
        remedy: 'Check the free space and the rights of the directory.',
        cause,
      });
    }
  }
}

/** Of the files that a writer made or began, in their order. */
function namesIn(quotes: string): readonly string[] {
  const names = readdirSync(quotes).flatMap((name) => {
    const [, base = ''] =
      /^(\d{8}-\d{4}\.parquet)(?:\.open(?:\.note(?:\.tmp)?)?)?$/.exec(name) ?? [];
    return base === '' ? [] : [base];
  });
  return [...new Set(names)].sort();
}

function lastTsOf(dir: string, file: string): number | null {
  return file === '' ? null : lastTsIn(join(dir, file));
}

/**
 * Two writers would write over each other. A place whose holder is gone is free; true where one has
 * not given it back.
 */
function takePlace(dir: string): boolean {
  const path = join(dir, LOCK_FILE);
  const holder = readHolder(path);
  const isHeld = holder !== null && processStartTime(holder.pid) === holder.start_time;
  if (isHeld && holder.pid !== process.pid) {
    throw new Fault('conflict', `the process ${holder.pid} records to ${dir} already`, {
      remedy: 'Choose another directory.',
    });
  }
  const own = { pid: process.pid, start_time: processStartTime(process.pid) };
  writeFileSync(path, `${JSON.stringify(own)}\n`);
  return holder !== null;
}

function readHolder(path: string): { readonly pid: number; readonly start_time: number } | null {
  try {
    const { pid, start_time } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    return typeof pid === 'number' && typeof start_time === 'number' ? { pid, start_time } : null;
  } catch (error) {
    // Cut off while it was written: its writer is gone.
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return null;
    throw error;
  }
}

function notARecording(dir: string): Fault {
  return new Fault('conflict', `${dir} holds an imported data set`, {
    remedy: 'Choose another directory to record to.',
  });
}

function isoOf(day: string): string {
  return `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T12:00:00Z`;
}
