/** The socket inside the client library, and how it is to behave: the library has no settings. */

import { strict as assert } from 'node:assert';
import type { Socket } from 'node:net';
import type { IBApi } from '@stoqey/ib';

interface Internals {
  readonly controller: { readonly socket: { readonly client: Socket } };
}

/** Half of what one read takes: less is the end of what there was. */
const LARGE_BYTES = 32_768;

/** Sets the socket of a connected client up. */
export function prepareSocket(api: IBApi): void {
  const { client } = (api as unknown as Internals).controller.socket;
  assert(typeof client?.setNoDelay === 'function', 'the library has changed');
  // Nagle's algorithm is on: a second small message waits until the first one is acknowledged, and
  // a gateway that has nothing to answer does that after 40 ms. A hedge that follows a cancel
  // waited for that long.
  client.setNoDelay(true);
  takeTurns(client);
}

/**
 * A socket that always has more to read is read up to 32 times before anything else of the thread
 * has its turn: in a flood of quotes a quarter of a second in which nobody prices what was read.
 * After a read that looks like one of many it waits until the others had theirs; what comes
 * meanwhile waits at the sender.
 */
function takeTurns(socket: Socket): void {
  let isWaiting = false;
  socket.on('data', (chunk) => {
    if (chunk.length < LARGE_BYTES || isWaiting) return;
    isWaiting = true;
    socket.pause();
    setImmediate(() => {
      isWaiting = false;
      socket.resume();
    });
  });
}
