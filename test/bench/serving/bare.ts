/**
 * What the serving of lines is compared with: the same bytes to as many sockets at the same beat,
 * made once and never looked at.
 */

import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { CLIENTS, type ServerAnswer, type ServerCommand, TICK_MS } from './protocol.ts';

const bytes = Number(process.argv[2]);
assert(bytes > 4, 'the bytes of a beat are given');
const block = Buffer.alloc(bytes);
// One frame, for whoever counts.
block.writeUInt32BE(bytes - 4, 0);

const sockets = new Set<Socket>();
const server = createServer((socket) => {
  sockets.add(socket);
  socket.resume();
  socket.on('error', () => undefined);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  answer({ type: 'listening', port: address.port, conIds: [] });
});
setInterval(() => {
  if (sockets.size < CLIENTS) return;
  for (const socket of sockets) socket.write(Buffer.from(block));
}, TICK_MS);
process.on('message', (_command: ServerCommand) => {
  const { user, system } = process.cpuUsage();
  answer({ type: 'usage', cpuMs: (user + system) / 1000, elapsedMs: performance.now() });
});

function answer(message: ServerAnswer): void {
  process.send?.(message);
}
