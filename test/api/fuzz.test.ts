import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterAll, beforeAll, it } from 'vitest';
import { problemView } from '../../src/api/problem.ts';
import type { Api } from '../../src/api/server.ts';
import { pathOf, ROUTES } from './every-route.ts';
import { type Answer, type Ask, ask, FakeEngine, startFakeApi, TOKEN } from './fixture.ts';

let engine: FakeEngine;
let api: Api;
beforeAll(async () => {
  engine = new FakeEngine();
  api = await startFakeApi(engine);
});
afterAll(() => api.close());

/** Ten thousand take half a minute: the long form of the tests. */
const RUNS = process.env['BIFROST_TEST_LONG'] === '1' ? 10_000 : 1000;

const PATHS = [...ROUTES.map(pathOf), '/', '/docs', '/docs.css', '/openapi.json'];

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
  path: fc.tuple(fc.constantFrom(...PATHS), suffix).map(([route, end]) => route + end),
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
      const answer = await ask(api, path, request);
      const { status, text } = answer;
      const limited = status === 503 && answer.body['code'] === 'too_many_streams';
      assert(status < 500 || limited, `${method} ${path}: ${status} ${text}`);
      if (status >= 400 && method !== 'HEAD') assertProblem(answer, path);
      assert(!text.includes(TOKEN), `${method} ${path} tells the token`);
    }),
    { numRuns: RUNS },
  );
  // What was obeyed is what a program with the token may say: a command without a payload.
  for (const { control, origin } of engine.requests) {
    assert.equal(origin, 'api');
    assert.deepEqual(Object.keys(control), ['command']);
  }
  assert.deepEqual(engine.choices, []);
  assert.equal((await ask(api, '/status')).status, 200);
}, 300_000);

/** A refusal is a document of the one type, whatever was refused. */
function assertProblem({ headers, body, status }: Answer, path: string): void {
  assert.match(String(headers['content-type']), /^application\/problem\+json/, path);
  const problem = problemView.parse(body);
  assert.equal(problem.status, status);
  assert.equal(problem.type, `urn:bifrost:problem:${problem.code}`);
}
