/** A port of loopback that nobody listens on, for a program that cannot be told `any`. */

import assert from 'node:assert/strict';
import { createServer } from 'node:net';

/** Free when it was asked; whoever needs it takes it soon. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  assert(address !== null && typeof address === 'object');
  return address.port;
}
