/** Whether a port could be listened on, found out by listening for a moment. */

import { createServer } from 'node:net';

/** The platform's code of what is in the way, such as `EADDRINUSE`; null where nothing is. */
export function listenProblem(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}
