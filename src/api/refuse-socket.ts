/**
 * Refusals of what never becomes a request: an upgrade that is not allowed, and bytes that are no
 * HTTP. They are told as every other, by a problem document.
 */

import { type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { HttpProblem, PROBLEM_TYPE, problemOf } from './problem.ts';

/** Writes the document for what was thrown, and ends the connection. */
export function refuseSocket(socket: Duplex, thrown: unknown, path: string): void {
  const problem = problemOf(thrown, path);
  const body = JSON.stringify(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** Answers what the parser of HTTP refuses, which Node would answer with a bare status. */
export function answerMalformed(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // A connection that is gone, or was answered already, takes no more.
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const slow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    const detail = slow ? 'the request took too long to come' : 'this is no HTTP request';
    refuseSocket(socket, new HttpProblem('bad_request', detail), '');
  });
}
