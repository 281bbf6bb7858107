/**
 * The client library leaves Nagle's algorithm on: a second small message waits until the first one
 * is acknowledged, and a gateway that has nothing to answer acknowledges after 40 ms. A hedge that
 * follows a cancel waited for that long. The library has no setting, so it is made on its socket.
 */

import { strict as assert } from 'node:assert';
import type { Socket } from 'node:net';
import type { IBApi } from '@stoqey/ib';

interface Internals {
  readonly controller: { readonly socket: { readonly client: Socket } };
}

/** Lets each message of a connected client leave at once. */
export function sendAtOnce(api: IBApi): void {
  const { client } = (api as unknown as Internals).controller.socket;
  assert(typeof client?.setNoDelay === 'function', 'the library has changed');
  client.setNoDelay(true);
}
