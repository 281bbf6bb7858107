/** The least that Koa can be: one middleware, and the same bytes each time. */

import assert from 'node:assert/strict';
import Koa from 'koa';

interface Answers {
  readonly body: string;
  /** By the paths that have another, queries included. */
  readonly bodies?: Readonly<Record<string, string>>;
}

process.once('message', ({ body, bodies = {} }: Answers) => {
  const app = new Koa();
  app.use((ctx) => {
    ctx.type = 'application/json';
    ctx.body = bodies[ctx.url] ?? body;
  });
  const server = app.listen(0, '127.0.0.1', () => {
    const address = server.address();
    assert(address !== null && typeof address === 'object');
    process.send?.(address.port);
  });
});
process.on('disconnect', () => process.exit(0));
