/**
 * COPY … FROM STDIN over a connection of `pg`, which knows the protocol's messages but offers no
 * call for them: an object with `submit` and handlers is its way to speak them.
 */

import type pg from 'pg';

/** The part of the driver's connection that a COPY speaks through. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** One chunk is one write; the server reads a larger one no faster. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Sends `data` to the COPY that `text` begins; resolves with the rows that the server took.
 * `meanwhile` is called while the server works through it, again and again as long as it returns
 * true: each time it does a little, so that what is left of the data, and the answer, come through.
 * It takes one connection and no pool, which would not learn that the connection is free again.
 */
export function copyIn(
  client: pg.ClientBase,
  text: string,
  data: Buffer,
  meanwhile: () => boolean = () => false,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, rows: number): void => {
      if (error === null) resolve(rows);
      else reject(error);
    };
    client.query(new CopyIn(text, data, meanwhile, done) as unknown as pg.Submittable);
  });
}

class CopyIn {
  /** The driver puts its time-out around this, so it is looked up at each call. */
  callback: (error: Error | null, rows: number) => void;
  readonly #text: string;
  readonly #data: Buffer;
  readonly #meanwhile: () => boolean;
  #rows = 0;
  #isOver = false;

  constructor(text: string, data: Buffer, meanwhile: () => boolean, done: CopyIn['callback']) {
    this.#text = text;
    this.#data = data;
    this.#meanwhile = meanwhile;
    this.callback = done;
  }

  submit(connection: CopyConnection): void {
    connection.query(this.#text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    for (let start = 0; start < this.#data.length; start += CHUNK_BYTES) {
      connection.sendCopyFromChunk(this.#data.subarray(start, start + CHUNK_BYTES));
    }
    connection.endCopyFrom();
    this.#work();
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#rows = Number(/^COPY (\d+)$/.exec(text)?.[1] ?? 0);
  }

  handleReadyForQuery(): void {
    this.#isOver = true;
    this.callback(null, this.#rows);
  }

  handleError(error: Error): void {
    this.#isOver = true;
    this.callback(error, 0);
  }

  #work(): void {
    if (!this.#isOver && this.#meanwhile()) setImmediate(() => this.#work());
  }
}
