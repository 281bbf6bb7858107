import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'vitest';
import type { Api } from '../../src/api/server.ts';
import { Fault } from '../../src/fault.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type Answer, ask, BOOK, command, FakeEngine, STATUS, startFakeApi } from './fixture.ts';

const HOST = 'host_not_allowed';

let engine: FakeEngine;
let api: Api;

beforeEach(async () => {
  engine = new FakeEngine();
  api = await startFakeApi(engine);
});
afterEach(() => api.close());

function assertProblem(answer: Answer, status: number, code: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/);
  const { type, title, detail, instance } = answer.body;
  assert.equal(answer.body['code'], code);
  assert.equal(answer.body['status'], status);
  assert.equal(type, `urn:bifrost:problem:${code}`);
  for (const text of [title, detail, instance]) assert(typeof text === 'string' && text !== '');
  assert.doesNotMatch(answer.text, /\n {4}at |node_modules|a-token-that/);
}

describe('reads', () => {
  it('gives the status', async () => {
    const answer = await ask(api, '/status');
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, structuredClone(STATUS));
    assert.equal(answer.headers['cache-control'], 'no-store');
  });

  it('gives a red status with the reason when the engine cannot be read', async () => {
    engine.status = () => assert.fail('a defect');
    const { status, body } = await ask(api, '/status');
    assert.equal(status, 200);
    assert.equal(body['self_check'], 'blocked');
    assert.equal(body['status_lamp'], 'red');
    assert.deepEqual(body['block_reasons'], ['status_read_error']);
    assert.equal(body['mode'], 'paper');
    assertProblem(await ask(api, '/readyz'), 503, 'actor_down');
  });

  it('gives operations by time, type, symbol, limit and cursor', async () => {
    const path = '/operations?since_ts=1.5&until_ts=2&type=fill&symbol=nvda&limit=7&cursor=abc';
    assert.deepEqual((await ask(api, path)).body, { operations: [], next_cursor: null });
    await ask(api, '/operations');
    assert.deepEqual(engine.queries, [
      { since_ts: 1.5, until_ts: 2, type: 'fill', symbol: 'NVDA', limit: 7, cursor: 'abc' },
      { limit: 100 },
    ]);
  });

  it('gives machines, a machine, its definition and its transitions', async () => {
    const machines = JSON.parse((await ask(api, '/machines')).text);
    assert.deepEqual(
      machines.map(({ id }: { id: string }) => id),
      ['daemon', 'hedge:NVDA'],
    );
    const machine = await ask(api, '/machines/hedge:NVDA');
    assert.equal(machine.body['value'], 'EXEC_IDLE');
    const data = await ask(api, '/machines/hedge%3ANVDA/definition');
    assert.deepEqual(data.body, { id: 'hedge:NVDA', states: {} });
    const diagram = await ask(api, '/machines/daemon/definition?format=mermaid');
    assert.match(diagram.headers['content-type'] ?? '', /^text\/plain/);
    assert.equal(diagram.text, 'stateDiagram-v2\n');
    const chart = await ask(api, '/machines/daemon/definition?format=scxml');
    assert.match(chart.headers['content-type'] ?? '', /^application\/scxml\+xml/);
    assert.equal(chart.text, '<scxml/>');
    const drawn = await ask(api, '/machines/daemon/definition?format=layout');
    assert.deepEqual([drawn.body['width'], drawn.body['height']], [100, 50]);
  });

  it('gives the transitions it still knows with their guards, then those of history, once', async () => {
    const transitions = async (query: string) =>
      JSON.parse((await ask(api, `/machines/daemon/transitions${query}`)).text) as {
        readonly event: string;
        readonly guards?: readonly { readonly guard: string; readonly passed: boolean }[];
      }[];
    const all = await transitions('');
    assert.deepEqual(
      all.map(({ event }) => event),
      ['DONE', 'ALWAYS'],
    );
    assert.deepEqual(all[0]?.guards?.[0]?.guard, 'isMore');
    assert.equal((await transitions('?limit=1')).length, 1);
    assert.equal((await transitions('?refused=true')).length, 3);
    const { body } = await ask(api, '/machines/hedge:NVDA');
    assert.deepEqual(body['unknown_events'], { NONSENSE: 2 });
  });

  it('explains a book, lists actors, and says that it lives and is ready', async () => {
    assert.equal((await ask(api, '/explain/nvda')).body['symbol'], 'NVDA');
    const { spots, days } = (await ask(api, '/risk/nvda?spot_points=3')).body;
    assert.deepEqual(
      [spots, days],
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
    );
    assert.equal((await ask(api, '/actors')).text, '[]');
    assert.deepEqual((await ask(api, '/healthz')).body, { alive: true });
    assert.deepEqual((await ask(api, '/readyz')).body, { ready: true });
  });

  it('answers HEAD without a body', async () => {
    const answer = await ask(api, '/status', { method: 'HEAD' });
    assert.deepEqual([answer.status, answer.text], [200, '']);
    assert.equal((await ask(api, '/events', { method: 'HEAD' })).status, 200);
  });

  it('says the same in the same words to who takes an encoding and to who does not', async () => {
    const said = async (headers: Record<string, string>) => {
      const { status, headers: given, text } = await ask(api, '/status', { headers });
      const { date: _, ...lasting } = given;
      return { status, headers: lasting, text };
    };
    assert.deepEqual(await said({}), await said({ 'accept-encoding': 'identity' }));
    assertProblem(await ask(api, '/status', { headers: { host: 'evil.example' } }), 403, HOST);
    assertProblem(await ask(api, '/status?all=1'), 400, 'bad_request');
  });

  it('compresses what is large', async () => {
    engine.status = () => ({ ...STATUS, books: Array.from({ length: 20 }, () => BOOK) });
    const headers = { 'accept-encoding': 'gzip' };
    const call = await fetch(`${api.url}/status`, { headers });
    assert.equal(call.headers.get('content-encoding'), 'gzip');
    assert.equal(((await call.json()) as typeof STATUS).books.length, 20);
  });
});

describe('input that does not fit', () => {
  const cases: readonly (readonly [path: string, status: number, code: string])[] = [
    ['/operations?limit=0', 400, 'bad_request'],
    ['/operations?limit=1001', 400, 'bad_request'],
    ['/operations?limit=x', 400, 'bad_request'],
    ['/operations?limit=1&limit=2', 400, 'bad_request'],
    ['/operations?since_ts=-1', 400, 'bad_request'],
    ['/operations?type=DROP', 400, 'bad_request'],
    ['/operations?simbol=NVDA', 400, 'bad_request'],
    ['/explain/123', 400, 'bad_request'],
    ['/explain/AMD', 404, 'not_found'],
    ['/risk/AMD', 404, 'not_found'],
    ['/risk/NVDA?spot_points=42', 400, 'bad_request'],
    ['/risk/NVDA?spots=3', 400, 'bad_request'],
    ['/machines/none', 404, 'not_found'],
    ['/machines/none/definition', 404, 'not_found'],
    ['/machines/none/transitions', 404, 'not_found'],
    ['/machines/daemon/definition?format=png', 400, 'bad_request'],
    ['/machines/%zz', 400, 'bad_request'],
    ['/machines/a%00b', 400, 'bad_request'],
    ['/nothing', 404, 'not_found'],
    ['/status/', 404, 'not_found'],
    ['/assets/../../package.json', 404, 'not_found'],
    ['/events?x=1', 400, 'bad_request'],
  ];
  for (const [path, status, code] of cases) {
    it(`${path} is ${status}`, async () => assertProblem(await ask(api, path), status, code));
  }

  it('names the field, what is allowed, and the path that was asked', async () => {
    const { body } = await ask(api, '/operations?limit=0');
    assert.equal(body['instance'], '/operations');
    assert.match(JSON.stringify(body['errors']), /"path":"query\.limit"/);
  });

  it('a method that a path does not take is 405 with those that it takes', async () => {
    const answer = await command(api, '/status');
    assertProblem(answer, 405, 'method_not_allowed');
    assert.equal(answer.headers['allow'], 'HEAD, GET');
    const authorization = { authorization: 'Bearer a-token-that-only-tests-know' };
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'TRACE']) {
      const other = await ask(api, '/control/stop', { method, headers: authorization });
      assertProblem(other, 405, 'method_not_allowed');
    }
    assertProblem(await ask(api, '/control/stop'), 405, 'method_not_allowed');
  });

  it('a Last-Event-ID that is none is 400', async () => {
    const headers = { 'last-event-id': 'x' };
    assertProblem(await ask(api, '/events', { headers }), 400, 'bad_request');
  });

  it('a defect is 500 without its cause, and a fault has its own status', async () => {
    engine.feed.push({ kind: 'status', data: STATUS });
    const ports = engine.ports();
    const broken = await startFakeApi(engine, {
      reads: { ...ports.reads, actors: () => assert.fail('secret cause') },
      history: {
        ...ports.history,
        operations: async () => {
          throw new Fault('database_unreachable', 'the database does not answer', {
            remedy: 'wait',
          });
        },
      },
    });
    const defect = await ask(broken, '/actors');
    assertProblem(defect, 500, 'internal');
    assert.doesNotMatch(defect.text, /secret cause/);
    const fault = await ask(broken, '/operations');
    assertProblem(fault, 503, 'database_unreachable');
    assert.equal(fault.body['remedy'], 'wait');
    await broken.close();
  });
});

describe('commands', () => {
  it('reach the engine with who asked', async () => {
    await command(api, '/control/suspend', { symbol: 'nvda' }, { 'user-agent': 'bifrost-cli/1' });
    await command(api, '/control/resume', {});
    await command(api, '/control/stop');
    await command(api, '/control/retry_ib');
    assert.deepEqual(engine.requests, [
      { control: { command: 'suspend', symbol: 'NVDA' }, origin: 'cli' },
      { control: { command: 'resume' }, origin: 'api' },
      { control: { command: 'stop' }, origin: 'api' },
      { control: { command: 'retry_ib' }, origin: 'api' },
    ]);
  });

  it('answer with the words of the engine, taken or not', async () => {
    const taken = await command(api, '/control/stop');
    assert.deepEqual([taken.status, taken.body], [202, { ok: true, message: 'done' }]);
    for (const [status, code] of [
      [409, 'conflict'],
      [404, 'not_found'],
      [503, 'actor_down'],
    ] as const) {
      engine.result = { ok: false, status, message: 'not now' };
      const refused = await command(api, '/control/resume');
      assertProblem(refused, status, code);
      assert.deepEqual([refused.body['ok'], refused.body['message']], [false, 'not now']);
    }
  });

  it('choose the broker of the next start, where the engine lets it be chosen', async () => {
    const choice = { ib_host: 'desk.example', ib_port_type: 'gateway_paper' };
    const taken = await command(api, '/config/ib', choice);
    const message = 'the next start connects to desk.example (gateway_paper)';
    assert.deepEqual([taken.status, taken.body], [200, { ok: true, message, ...choice }]);
    assert.deepEqual(engine.choices, [choice]);
    for (const wrong of [{}, { ...choice, ib_host: 'a b' }, { ...choice, ib_port_type: 'own' }]) {
      assertProblem(await command(api, '/config/ib', wrong), 422, 'invalid');
    }
    engine.choose = () => {
      throw new Fault('conflict', 'mode is simulated');
    };
    assertProblem(await command(api, '/config/ib', choice), 409, 'conflict');
  });

  it('as machine events give the resulting state, and only public ones pass', async () => {
    const taken = await command(api, '/machines/daemon/events', { type: 'SUSPEND' });
    assert.equal(taken.status, 202);
    assert.equal(taken.body['label'], 'running');
    assert.deepEqual(
      engine.requests.map(({ origin }) => origin),
      ['api daemon SUSPEND'],
    );
    const events = '/machines/hedge:NVDA/events';
    assertProblem(await command(api, events, { type: 'FILL' }), 422, 'invalid');
    assertProblem(await command(api, '/machines/daemon/events', { type: 'START' }), 422, 'invalid');
    assertProblem(await command(api, '/machines/none/events', { type: 'STOP' }), 404, 'not_found');
    engine.result = { ok: false, status: 409, message: 'already suspended' };
    const refused = await command(api, '/machines/daemon/events', { type: 'SUSPEND' });
    assertProblem(refused, 409, 'conflict');
  });

  it('with a malformed body never reach the engine', async () => {
    const authorization = 'Bearer a-token-that-only-tests-know';
    const post = (raw: string | Buffer, headers: Record<string, string> = {}) =>
      ask(api, '/control/suspend', { method: 'POST', raw, headers: { authorization, ...headers } });
    assertProblem(await post('{'), 400, 'bad_request');
    assertProblem(await post('null'), 400, 'bad_request');
    assertProblem(await post('"x"'), 400, 'bad_request');
    assertProblem(await post('[]'), 422, 'invalid');
    assertProblem(await post('{"symbol":1}'), 422, 'invalid');
    assertProblem(await post('{"symbol":"NVDA","all":true}'), 422, 'invalid');
    assertProblem(await post('{"__proto__":{"symbol":"NVDA"}}'), 400, 'bad_request');
    const text = { 'content-type': 'text/plain' };
    assertProblem(await post('{}', text), 415, 'unsupported_media_type');
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    assertProblem(await post('symbol=NVDA', form), 415, 'unsupported_media_type');
    const zipped = { 'content-encoding': 'gzip' };
    assertProblem(await post('{}', zipped), 415, 'unsupported_media_type');
    const large = `{"symbol":"${'A'.repeat(64 * 1024)}"}`;
    assertProblem(await post(large), 413, 'body_too_large');
    const chunked = { 'transfer-encoding': 'chunked' };
    assertProblem(await post(large, chunked), 413, 'body_too_large');
    assert.deepEqual(engine.requests, []);
  });

  it('in a flood are slowed down, each kind by itself', async () => {
    const answers = await Promise.all(
      Array.from({ length: 15 }, () => command(api, '/control/suspend')),
    );
    const limited = answers.filter(({ status }) => status === 429);
    assert(limited.length >= 3, `${limited.length} of 15 were limited`);
    for (const answer of limited) assertProblem(answer, 429, 'rate_limited');
    assert.match(limited[0]?.headers['retry-after'] ?? '', /^[1-9]\d*$/);
    assert.equal((await command(api, '/control/stop')).status, 202);
  });
});

describe('the page', () => {
  it('says so when it was not built', async () => {
    const answer = await ask(api, '/');
    assert.equal(answer.status, 200);
    assert.match(answer.text, /npm run build/);
  });

  it('is served under a strict policy, with assets that never change', async () => {
    const dir = tempDir('page');
    mkdirSync(join(dir, 'assets'));
    writeFileSync(join(dir, 'index.html'), '<!doctype html>');
    writeFileSync(join(dir, 'assets/main-1a2b.js'), 'export {}');
    writeFileSync(join(dir, 'assets/notes.txt'), 'not of the page');
    const paged = await startFakeApi(engine, { pageDir: dir });
    const page = await ask(paged, '/');
    assert.equal(page.text, '<!doctype html>');
    assert.match(page.headers['content-type'] ?? '', /^text\/html/);
    const policy = String(page.headers['content-security-policy']);
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'self'(;|$)/);
    assert.doesNotMatch(policy, /unsafe/);
    const asset = await ask(paged, '/assets/main-1a2b.js');
    assert.match(asset.headers['cache-control'] ?? '', /immutable/);
    const etag = String(page.headers['etag']);
    const again = await ask(paged, '/', { headers: { 'if-none-match': etag } });
    assert.deepEqual([again.status, again.text], [304, '']);
    for (const path of ['/assets/notes.txt', '/index.html', '/assets/%2e%2e/index.html']) {
      assertProblem(await ask(paged, path), 404, 'not_found');
    }
    await paged.close();
  });
});

describe('the server', () => {
  it('says which port is taken, and what to do', async () => {
    await assert.rejects(startFakeApi(engine, { port: api.port }), (thrown: unknown) => {
      assert(thrown instanceof Fault);
      assert.equal(thrown.code, 'port_in_use');
      assert.match(thrown.message, new RegExp(`127\\.0\\.0\\.1:${api.port}$`));
      assert.match(thrown.remedy ?? '', /BIFROST_API_PORT/);
      return true;
    });
  });

  it('answers bytes that are no HTTP with 400, and lives on', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(api.port, '127.0.0.1', () => socket.write('\0\0 nonsense\r\n\r\n'));
      let received = '';
      socket.on('data', (chunk) => {
        received += chunk;
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(received));
    });
    assert.match(text, /^HTTP\/1\.1 400 /);
    assert.equal((await ask(api, '/healthz')).status, 200);
  });
});
