import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterAll, beforeAll, it } from 'vitest';
import type { Api } from '../../src/api/server.ts';
import { type Ask, ask, FakeEngine, startFakeApi, TOKEN } from './fixture.ts';

let engine: FakeEngine;
let api: Api;
beforeAll(async () => {
  engine = new FakeEngine();
  api = await startFakeApi(engine);
});
afterAll(() => api.close());

const ROUTES = [
  '/status',
  '/operations',
  '/machines',
  '/machines/daemon',
  '/machines/daemon/definition',
  '/machines/daemon/transitions',
  '/machines/daemon/events',
  '/explain/NVDA',
  '/control/suspend',
  '/session',
  '/actors',
  '/',
];

// What a request line and a header can carry at all; the rest never reaches the parser.
const visible = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((c) => String.fromCharCode(c)),
});
const suffix = fc.oneof(
  fc.constant(''),
  visible.map((text) => `?${text}`),
  visible.map((text) => `/${text}`),
);
const hostileHeaders = fc.dictionary(
  fc.constantFrom('host', 'origin', 'cookie', 'content-type', 'last-event-id', 'accept', 'range'),
  visible,
  { maxKeys: 3 },
);
const requests = fc.record({
  path: fc.tuple(fc.constantFrom(...ROUTES), suffix).map(([route, end]) => route + end),
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'),
  known: fc.boolean(),
  headers: hostileHeaders,
  raw: fc.option(fc.oneof(fc.json(), fc.string(), visible), { nil: undefined }),
});

it('answers no malformed request with a failure of its own, nor obeys it', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async ({ path, method, known, headers, raw }) => {
      const authorization: Record<string, string> = known
        ? { authorization: `Bearer ${TOKEN}` }
        : {};
      const body = raw === undefined || method === 'GET' || method === 'HEAD' ? {} : { raw };
      const request: Ask = { method, headers: { ...authorization, ...headers }, ...body };
      const { status, text } = await ask(api, path, request);
      assert(status < 500, `${method} ${path}: ${status} ${text}`);
    }),
    { numRuns: 400 },
  );
  for (const { control, origin } of engine.requests) {
    assert.equal(origin, 'api');
    assert.deepEqual(Object.keys(control), ['command']);
  }
  assert.equal((await ask(api, '/status')).status, 200);
}, 60_000);
