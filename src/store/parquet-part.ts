/**
 * A Parquet file that grows by row groups and survives its writer. Parquet keeps its index at the
 * end, so a file that is cut off is nothing; here each row group is followed by a note beside the
 * file that holds this end and says how far the file is good. A crash costs the row group that was
 * not noted, and what was noted is made a file by whoever comes next.
 */

import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { parquetMetadata } from 'hyparquet';
import { ByteWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { z } from 'zod';
import { emptyColumns, QUOTE_COLUMNS, type QuoteColumns } from './quote-columns.ts';

/** What a closed file is. */
export interface ClosedPart {
  readonly rows: number;
  readonly sha256: string;
  readonly bytes: number;
}

export interface ParquetPart {
  /** Of the row groups that are on disk. */
  readonly rows: number;
  readonly bytes: number;
  /**
   * Appends a row group, which is safe from a crash of this process when it returns. Where it
   * throws, nothing counts as written, and it may be called again with the same rows or others.
   */
  append(columns: QuoteColumns): void;
  /** Completes the file and puts it in its place. May be called again where it throws. */
  close(): ClosedPart;
  /** Lets go of it as a crash would. */
  abandon(): void;
}

const OPEN = '.open';
const NOTE = '.open.note';
const MAGIC = 0x31_52_41_50;
const CREATED_BY = 'bifrost';

const noteSchema = z.strictObject({
  bytes: z.int().positive(),
  rows: z.int().nonnegative(),
  sha256: z.string(),
  end: z.base64(),
});

/** Of the rows that a crash left, and what was made of them. */
export interface RecoveredPart extends ClosedPart {
  /** Epoch ms of the last row. */
  readonly lastTs: number;
}

/** Begins `path`; what another writer left open there is overwritten. */
export function createParquetPart(path: string): ParquetPart {
  return new Part(path);
}

/**
 * Completes what a writer that died left at `path`, if it had not; null where nothing of it can be
 * used: no row group had been noted, or the file is not what the note says. Then it is removed.
 */
export function recoverParquetPart(path: string): RecoveredPart | null {
  if (existsSync(path)) return describe(path);
  const note = readNote(path);
  const bytes = existsSync(path + OPEN) ? readFileSync(path + OPEN) : null;
  const good = note === null || bytes === null ? null : bytes.subarray(0, note.bytes);
  if (note === null || good === null || sha256(good) !== note.sha256) {
    rmSync(path + OPEN, { force: true });
    rmSync(path + NOTE, { force: true });
    return null;
  }
  const fd = openSync(path + OPEN, 'r+');
  try {
    finish(fd, note.bytes, Buffer.from(note.end, 'base64'));
  } finally {
    closeSync(fd);
  }
  renameSync(path + OPEN, path);
  rmSync(path + NOTE, { force: true });
  return describe(path);
}

/** Epoch ms of the last row of a closed file; null where it cannot be read. */
export function lastTsIn(path: string): number | null {
  return existsSync(path) ? (describe(path)?.lastTs ?? null) : null;
}

function describe(path: string): RecoveredPart | null {
  const bytes = readFileSync(path);
  try {
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const { num_rows, row_groups } = parquetMetadata(file);
    const lastTs = Number(row_groups.at(-1)?.columns[0]?.meta_data?.statistics?.max_value);
    const rows = Number(num_rows);
    return { rows, lastTs, sha256: sha256(bytes), bytes: bytes.length };
  } catch {
    // Whatever its parser stumbles over: it is no Parquet file.
    return null;
  }
}

/** What a failed attempt left behind the good bytes goes. */
function finish(fd: number, bytes: number, end: Uint8Array): void {
  ftruncateSync(fd, bytes);
  writeAll(fd, end, bytes);
  // A closed file is there after a power cut, too.
  fdatasyncSync(fd);
}

class Part implements ParquetPart {
  readonly #path: string;
  readonly #fd: number;
  readonly #parquet: ParquetWriter;
  readonly #memory = new ByteWriter();
  readonly #hash: Hash = createHash('sha256');
  /** On disk and hashed. */
  #bytes = 0;
  #rows = 0;
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
    rmSync(path + NOTE, { force: true });
    this.#fd = openSync(path + OPEN, 'w');
    const columnData = columnsFor(emptyColumns(0), true);
    const schema = schemaFromColumnData({ columnData });
    this.#parquet = new ParquetWriter({ writer: this.#memory, schema, createdBy: CREATED_BY });
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(columns: QuoteColumns): void {
    const rows = columns.ts.length;
    const { row_groups: groups, num_rows: before } = this.#parquet;
    const { offset, index } = this.#memory;
    try {
      void this.#parquet.write({ columnData: columnsFor(columns, false), rowGroupSize: rows });
      const chunk = this.#memory.getBytes();
      writeAll(this.#fd, chunk, this.#bytes);
      const hash = this.#hash.copy().update(chunk);
      const bytes = this.#bytes + chunk.length;
      this.#note({ bytes, rows: this.#rows + rows, sha256: hash.digest('hex') });
      this.#hash.update(chunk);
      this.#bytes = bytes;
      this.#rows += rows;
      this.#memory.index = 0;
      // What the library keeps for an index of pages, which there is none of.
      this.#parquet.pendingIndexes.length = 0;
    } catch (thrown) {
      // As if it had never been: the next attempt writes over what is there of it.
      groups.pop();
      this.#parquet.num_rows = before;
      this.#memory.offset = offset;
      this.#memory.index = index;
      throw thrown;
    }
  }

  close(): ClosedPart {
    const end = this.#end();
    finish(this.#fd, this.#bytes, end);
    renameSync(this.#path + OPEN, this.#path);
    this.abandon();
    rmSync(this.#path + NOTE, { force: true });
    const hash = this.#hash.copy().update(end).digest('hex');
    return { rows: this.#rows, sha256: hash, bytes: this.#bytes + end.length };
  }

  abandon(): void {
    if (!this.#isClosed) closeSync(this.#fd);
    this.#isClosed = true;
  }

  #note(note: Omit<z.output<typeof noteSchema>, 'end'>): void {
    const end = Buffer.from(this.#end()).toString('base64');
    const beside = `${this.#path}${NOTE}.tmp`;
    writeFileSync(beside, JSON.stringify({ ...note, end }));
    renameSync(beside, this.#path + NOTE);
  }

  /** What makes a Parquet file of the row groups so far. */
  #end(): Uint8Array {
    const { schema, num_rows, row_groups } = this.#parquet;
    const writer = new ByteWriter();
    const head = { version: 2, created_by: CREATED_BY, schema, num_rows, row_groups };
    // Its length is written by the function itself, behind the rest.
    writeMetadata(writer, head as Parameters<typeof writeMetadata>[1]);
    writer.appendUint32(MAGIC);
    return writer.getBytes().slice();
  }
}

function columnsFor(columns: QuoteColumns, isSchema: boolean) {
  return QUOTE_COLUMNS.map((name) => ({
    name,
    data: columns[name],
    ...(isSchema ? { type: name === 'ts' ? ('DOUBLE' as const) : ('INT32' as const) } : {}),
    nullable: false,
    // An index of pages stands at the end of a file; one page for each group needs none.
    offsetIndex: false,
  }));
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}

function readNote(path: string): z.output<typeof noteSchema> | null {
  if (!existsSync(path + NOTE)) return null;
  try {
    return noteSchema.parse(JSON.parse(readFileSync(path + NOTE, 'utf8')));
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof z.ZodError) return null;
    throw cause;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
