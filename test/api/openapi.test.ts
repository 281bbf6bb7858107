import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { z } from 'zod';
import type { Api } from '../../src/api/server.ts';
import { ask, FakeEngine, startFakeApi, TOKEN } from './fixture.ts';

let engine: FakeEngine;
let api: Api;

beforeEach(async () => {
  engine = new FakeEngine();
  api = await startFakeApi(engine);
});
afterEach(() => api.close());

const described = z.object({
  openapi: z.string(),
  info: z.object({ version: z.string() }),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        summary: z.string(),
        responses: z.record(z.string(), z.object({ description: z.string() })),
      }),
    ),
  ),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

async function description() {
  const { status, text } = await ask(api, '/openapi.json');
  assert.equal(status, 200);
  return { text, document: described.parse(JSON.parse(text)) };
}

describe('the description of the API', () => {
  it('names every route once, with a name of its own', async () => {
    const { document } = await description();
    const all = Object.values(document.paths).flatMap((path) => Object.values(path));
    const ids = all.map(({ operationId }) => operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ['status', 'explain', 'machineEvent', 'flatten', 'signIn', 'events']) {
      assert(ids.includes(id), id);
    }
    assert.equal(document.info.version, '9.9.9');
  });

  it('has a place for everything that it refers to', async () => {
    const { text, document } = await description();
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target = '']) => target);
    assert(references.length > 20);
    for (const reference of references) {
      const name = /^#\/components\/schemas\/(\w+)$/.exec(reference)?.[1];
      assert(name !== undefined && name in document.components.schemas, reference);
    }
    assert.doesNotMatch(text, /"readOnly"|"\$schema"/);
  });

  it('tells which statuses a command can be answered with', async () => {
    const { document } = await description();
    const { responses } = document.paths['/control/flatten']?.['post'] ?? assert.fail();
    assert.deepEqual(Object.keys(responses), [
      '200',
      '202',
      '400',
      '401',
      '403',
      '404',
      '409',
      '413',
      '415',
      '422',
      '429',
      '503',
      '504',
    ]);
    assert.equal(responses['409']?.description, 'Conflict: conflict');
  });

  it('is not sent again to who has it', async () => {
    for (const path of ['/openapi.json', '/machines/daemon/definition?format=mermaid']) {
      const etag = String((await ask(api, path)).headers['etag']);
      assert.match(etag, /^"[\w-]{22}"$/);
      const again = await ask(api, path, { headers: { 'if-none-match': etag } });
      assert.deepEqual([again.status, again.text], [304, '']);
      const other = await ask(api, path, { headers: { 'if-none-match': '"other"' } });
      assert.equal(other.status, 200);
    }
  });

  it('can be read as a page that runs no script and loads nothing from elsewhere', async () => {
    const page = await ask(api, '/docs');
    assert.equal(page.status, 200);
    assert.match(page.headers['content-type'] ?? '', /^text\/html/);
    assert.match(page.text, /<section id="status">/);
    assert.match(page.text, /href="#schema-BookView"/);
    assert.match(page.text, /Of the whole book: shares, shares per dollar/);
    assert.doesNotMatch(page.text, /<script|style=|https?:/);
    assert.match(String(page.headers['content-security-policy']), /style-src 'self'/);
    const style = await ask(api, '/docs.css');
    assert.match(style.headers['content-type'] ?? '', /^text\/css/);
  });

  it('needs the token beyond loopback, as every read', async () => {
    await api.close();
    api = await startFakeApi(engine, { host: '0.0.0.0', allowedHosts: ['127.0.0.1'] });
    for (const path of ['/openapi.json', '/docs']) {
      assert.equal((await ask(api, path)).status, 401);
      const headers = { authorization: `Bearer ${TOKEN}` };
      assert.equal((await ask(api, path, { headers })).status, 200);
    }
  });
});
