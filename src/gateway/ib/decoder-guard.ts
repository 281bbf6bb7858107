/**
 * The client library decodes inside the socket's data event, and a message it cannot decode (bad
 * JSON in an order reject, seen in the field) throws from there: an uncaught exception that also
 * loses what else came in the same packet. The library offers no place to catch it, so its one
 * decoding step is wrapped here. The version is pinned, and a test feeds it such a message.
 */

import { strict as assert } from 'node:assert';
import type { IBApi } from '@stoqey/ib';

interface Internals {
  readonly controller: {
    processIngressQueue(): void;
    readonly decoder: { drainQueue(): void };
  };
}

/** Calls `failed` instead of throwing; the rest of the message is dropped, later ones are not. */
export function guardDecoder(api: IBApi, failed: (error: unknown) => void): void {
  const { controller } = api as unknown as Internals;
  assert(typeof controller?.processIngressQueue === 'function', 'the library has changed');
  assert(typeof controller.decoder?.drainQueue === 'function', 'the library has changed');

  const decode = controller.processIngressQueue.bind(controller);
  controller.processIngressQueue = () => {
    try {
      decode();
    } catch (error) {
      controller.decoder.drainQueue();
      failed(error);
    }
  };
}
