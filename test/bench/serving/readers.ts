/**
 * The clients of the serving benchmark, in one process: each asks for every line and then only
 * counts what it is sent, because what a client makes of ticks is no part of what is measured.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeFrame, type Field } from '../../../src/gateway/tws/framing.ts';
import { CLIENTS, type ReadersAnswer, type ReadersCommand } from './protocol.ts';

const LENGTH_BYTES = 4;
const LOGIN_MS = 200;

const [port = '', ...conIds] = process.argv.slice(2);
const counted = { frames: 0, bytes: 0 };
const sockets: Socket[] = [];

for (let clientId = 1; clientId <= CLIENTS; clientId += 1) {
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  count(socket);
  socket.write(hello('v157..178'));
  write(socket, 71, 2, clientId, '');
  sockets.push(socket);
}
await sleep(LOGIN_MS);
for (const socket of sockets) {
  conIds.forEach((conId, line) => {
    write(
      socket,
      1,
      11,
      line + 1,
      conId,
      '',
      '',
      '',
      '',
      '',
      '',
      '',
      '',
      '',
      '',
      '',
      0,
      '',
      0,
      0,
      '',
    );
  });
}
process.on('message', (_command: ReadersCommand) => {
  answer({ type: 'counts', clients: sockets.filter((one) => !one.destroyed).length, ...counted });
});
answer({ type: 'subscribed' });

/** Walks over the lengths of the frames, wherever the stream is cut. */
function count(socket: Socket): void {
  const head = Buffer.alloc(LENGTH_BYTES);
  let headBytes = 0;
  let left = 0;
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    counted.bytes += chunk.length;
    for (let at = 0; at < chunk.length; ) {
      if (left > 0) {
        const step = Math.min(left, chunk.length - at);
        left -= step;
        at += step;
        continue;
      }
      head[headBytes] = chunk[at] ?? 0;
      headBytes += 1;
      at += 1;
      if (headBytes < LENGTH_BYTES) continue;
      headBytes = 0;
      left = head.readUInt32BE(0);
      assert(left < 1_000_000, 'the stream of frames is broken');
      counted.frames += 1;
    }
  });
}

function hello(range: string): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(range.length);
  return Buffer.concat([Buffer.from('API\0'), length, Buffer.from(range)]);
}

function write(socket: Socket, ...fields: readonly Field[]): void {
  socket.write(encodeFrame(fields));
}

function answer(message: ReadersAnswer): void {
  process.send?.(message);
}
