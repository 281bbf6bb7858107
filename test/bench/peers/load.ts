/**
 * Asks for one path on many connections, each as soon as it has its answer; counts answers, and
 * takes the time of each.
 */

import { connect, type Socket } from 'node:net';

interface Load {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly ms: number;
}

process.on('message', (load: Load) => void run(load));
process.on('disconnect', () => process.exit(0));

async function run({ port, path, connections, ms }: Load): Promise<void> {
  const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
  const counter: Counter = { answers: 0, failed: 0, times: [] };
  const sockets = await Promise.all(
    Array.from({ length: connections }, () => open(port, request, counter)),
  );
  const start = performance.now();
  counter.answers = 0;
  counter.times = [];
  setTimeout(() => {
    const seconds = (performance.now() - start) / 1000;
    for (const socket of sockets) socket.destroy();
    const perSecond = counter.failed > 0 ? Number.NaN : counter.answers / seconds;
    process.send?.({ perSecond, times: counter.times });
  }, ms);
}

interface Counter {
  answers: number;
  failed: number;
  /** Milliseconds from question to answer. */
  times: number[];
}

function open(port: number, request: string, counter: Counter): Promise<Socket> {
  return new Promise((resolve) => {
    let asked = 0;
    const socket = connect(port, '127.0.0.1', () => {
      asked = performance.now();
      socket.write(request);
      resolve(socket);
    });
    // What is left to read of the answer; below zero while its head has not been read whole.
    let left = -1;
    let head = '';
    socket.on('data', (chunk) => {
      if (left >= 0) {
        left -= chunk.length;
      } else {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        if (!head.startsWith('HTTP/1.1 200')) counter.failed += 1;
        const length = /content-length: (\d+)/i.exec(head)?.[1];
        left = Number(length) - (head.length - end - 4);
      }
      if (left > 0) return;
      left = -1;
      head = '';
      counter.answers += 1;
      const now = performance.now();
      counter.times.push(now - asked);
      asked = now;
      socket.write(request);
    });
    socket.on('error', () => {
      counter.failed += 1;
    });
  });
}
