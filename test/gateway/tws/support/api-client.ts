/**
 * The real client library over a real socket, with its events kept in order, so that a test asks
 * and then takes the events it waits for. Decoding errors are kept apart: there must be none.
 */

import { EventEmitter, once } from 'node:events';
import { EventName, IBApi } from '@stoqey/ib';
import { prepareSocket } from '../../../../src/gateway/ib/library-socket.ts';

const DEADLINE_MS = 5000;

export interface ApiEvent {
  readonly name: string;
  readonly args: readonly unknown[];
}

export class ApiClient {
  readonly api: IBApi;
  readonly events: ApiEvent[] = [];
  readonly #changes = new EventEmitter();
  #taken = 0;

  constructor(port: number, clientId: number) {
    this.api = new IBApi({ host: '127.0.0.1', port, clientId, maxReqPerSec: 1000 });
    this.api.on(EventName.all, (name: string, args: readonly unknown[]) => {
      if (name === EventName.sent || name === EventName.received) return;
      this.events.push({ name, args });
      this.#changes.emit('change');
    });
  }

  /** Connects and returns when the library may send: at its next valid id. */
  async connect(): Promise<void> {
    this.api.connect();
    await this.take(EventName.nextValidId);
    prepareSocket(this.api);
  }

  /** The next event of this name that `fits`; those before it are passed over. */
  async take(
    name: string,
    fits: (args: readonly unknown[]) => boolean = () => true,
  ): Promise<readonly unknown[]> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    for (;;) {
      for (let event = this.events[this.#taken]; event; event = this.events[this.#taken]) {
        this.#taken += 1;
        if (event.name === name && fits(event.args)) return event.args;
      }
      await once(this.#changes, 'change', { signal }).catch(() => {
        throw new Error(`no ${name} came`);
      });
    }
  }

  /** Errors so far, the server's and the library's own. */
  errors(): readonly string[] {
    return this.events
      .filter(({ name }) => name === EventName.error)
      .map(({ args }) => args.slice(0, 3).join(' '));
  }

  /** What the library could not read. */
  decodeErrors(): readonly string[] {
    return this.events
      .filter(({ name }) => name === EventName.error)
      .map(({ args }) => String(args[0]))
      .filter((text) => /underrun|decoding error|unprocessed/i.test(text));
  }

  close(): void {
    this.api.disconnect();
  }
}
