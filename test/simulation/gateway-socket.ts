/** The gateway's end of a simulated connection: a socket, as far as a session uses one. */

import { EventEmitter } from 'node:events';

interface SocketEnds {
  write(bytes: Buffer): void;
  ended(): void;
  destroyed(): void;
  waiting(): number;
}

export class GatewaySocket extends EventEmitter {
  readonly #ends: SocketEnds;
  readonly #unread: Buffer[] = [];
  #paused = false;
  #ending = false;
  destroyed = false;

  constructor(ends: SocketEnds) {
    super();
    this.#ends = ends;
  }

  get writable(): boolean {
    return !this.destroyed && !this.#ending;
  }

  get writableLength(): number {
    return this.#ends.waiting();
  }

  setNoDelay(): void {
    // Nothing waits for company here.
  }

  write(bytes: Buffer): void {
    // The session may go on writing into its buffer.
    if (this.writable) this.#ends.write(Buffer.from(bytes));
  }

  take(bytes: Buffer): void {
    if (this.destroyed) return;
    if (this.#paused) this.#unread.push(Buffer.from(bytes));
    else this.emit('data', bytes);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    for (const bytes of this.#unread.splice(0)) this.emit('data', bytes);
    if (this.#ending) this.end();
  }

  /** The other side has gone; a paused socket does not notice. */
  end(): void {
    this.#ending = true;
    if (this.#paused || this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }

  destroySoon(): void {
    if (!this.writable) return;
    this.#ending = true;
    this.#ends.ended();
    this.destroyed = true;
    this.emit('close');
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#ends.destroyed();
    this.emit('close');
  }

  resetAndDestroy(): void {
    this.destroy();
  }
}
