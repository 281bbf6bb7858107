/** The least that Koa can be: one middleware, one answer, the same bytes each time. */

import assert from 'node:assert/strict';
import Koa from 'koa';

process.once('message', ({ body }: { readonly body: string }) => {
  const app = new Koa();
  app.use((ctx) => {
    ctx.type = 'application/json';
    ctx.body = body;
  });
  const server = app.listen(0, '127.0.0.1', () => {
    const address = server.address();
    assert(address !== null && typeof address === 'object');
    process.send?.(address.port);
  });
});
process.on('disconnect', () => process.exit(0));
