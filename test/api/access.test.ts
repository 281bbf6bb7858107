import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'vitest';
import type { Api } from '../../src/api/server.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { type Answer, ask, command, FakeEngine, startFakeApi, TOKEN } from './fixture.ts';

let engine: FakeEngine;
let api: Api;

beforeEach(async () => {
  engine = new FakeEngine();
  api = await startFakeApi(engine, { allowedHosts: ['desk.example'] });
});
afterEach(() => api.close());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('the Host header', () => {
  it('is a loopback name, the configured host or an allowed one', async () => {
    for (const host of ['localhost', '127.0.0.1', 'LOCALHOST:1', '[::1]:80', 'desk.example:8765']) {
      assert.equal((await ask(api, '/healthz', { headers: { host } })).status, 200, host);
    }
  });

  it('of anyone else is refused, before anything else is looked at', async () => {
    const hostile = [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.nip.io',
      'a@localhost',
      '-',
    ];
    for (const host of hostile) {
      for (const path of ['/status', '/', '/nothing', '/healthz']) {
        const answer = await ask(api, path, { headers: { host } });
        assert.equal(answer.status, 403, `${host} ${path}`);
        assert.equal(answer.body['code'], 'host_not_allowed');
      }
    }
  });
});

describe('the Origin of a command', () => {
  it('is our own, or none with a token', async () => {
    const own = { host: `localhost:${api.port}`, origin: `http://localhost:${api.port}` };
    assert.equal((await command(api, '/control/stop', {}, own)).status, 202);
    assert.equal((await command(api, '/control/stop', {})).status, 202);
  });

  it('of another site, another port or nobody is refused, with a token too', async () => {
    const others = ['http://evil.example', 'http://127.0.0.1:1', 'null', 'file://', 'x'];
    for (const origin of others) {
      const answer = await command(api, '/control/stop', {}, { origin });
      assert.equal(answer.status, 403, origin);
      assert.equal(answer.body['code'], 'origin_not_allowed');
    }
    assert.deepEqual(engine.requests, []);
  });
});

describe('the token', () => {
  it('is asked of every command', async () => {
    const paths = ['stop', 'suspend', 'resume', 'retry_ib'].map((name) => `/control/${name}`);
    for (const path of [...paths, '/machines/daemon/events', '/nothing']) {
      for (const headers of [{}, bearer('wrong'), bearer(''), { authorization: TOKEN }]) {
        const answer = await ask(api, path, { method: 'POST', headers });
        assert.equal(answer.status, 401, path);
        assert.equal(answer.headers['www-authenticate'], 'Bearer');
      }
    }
    assert.deepEqual(engine.requests, []);
  });

  it('is asked of every read beyond loopback, except the page and liveness', async () => {
    const open = await startFakeApi(engine, { host: '0.0.0.0' });
    for (const path of [
      '/status',
      '/operations',
      '/machines',
      '/actors',
      '/events',
      '/explain/NVDA',
    ]) {
      assert.equal((await ask(open, path)).status, 401, path);
    }
    assert.equal((await ask(open, '/status', { headers: bearer(TOKEN) })).status, 200);
    for (const path of ['/', '/healthz', '/readyz', '/session']) {
      assert.equal((await ask(open, path)).status, 200, path);
    }
    const foreign = await ask(open, '/healthz', { headers: { host: 'evil.example' } });
    assert.equal(foreign.status, 403);
    await open.close();
  });
});

describe('a session', () => {
  const own = () => ({ origin: api.url });
  const signIn = (body: unknown, headers: Record<string, string> = own()) =>
    ask(api, '/session', { method: 'POST', body, headers });
  const cookieOf = (answer: Answer) => answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';

  it('is opened by a code, once, in a cookie that scripts cannot read', async () => {
    const code = api.onePageLoginCode();
    const answer = await signIn({ code });
    assert.equal(answer.status, 200);
    const cookie = answer.headers['set-cookie']?.[0] ?? '';
    assert.match(cookie, new RegExp(`^bifrost_session_${api.port}=`));
    assert.match(cookie, /; HttpOnly; SameSite=Strict/);
    const headers = { ...own(), cookie: cookieOf(answer) };
    assert.deepEqual((await ask(api, '/session', { headers })).body, { signed_in: true });
    const stop = await ask(api, '/control/stop', { method: 'POST', headers });
    assert.equal(stop.status, 202);
    assert.equal(engine.requests[0]?.origin, 'page');
    assert.equal((await signIn({ code })).status, 401);
  });

  it('is opened by the token too', async () => {
    assert.equal((await signIn({ token: TOKEN })).status, 200);
    assert.equal((await signIn({ token: 'wrong' })).status, 401);
  });

  it('commands nothing without the origin that a browser sends', async () => {
    const cookie = cookieOf(await signIn({ code: api.onePageLoginCode() }));
    const blind = await ask(api, '/control/stop', { method: 'POST', headers: { cookie } });
    assert.equal(blind.status, 401);
  });

  it('is not opened by anything else', async () => {
    assert.equal((await signIn({ code: 'x' })).status, 401);
    assert.equal((await signIn({ code: 'x' }, { origin: 'http://evil.example' })).status, 403);
    for (const body of [{}, { code: '' }, { code: 1 }, { code: 'x', token: 'y' }]) {
      assert.equal((await signIn(body)).status, 422);
    }
    assert.deepEqual((await ask(api, '/session')).body, { signed_in: false });
    const cookie = `bifrost_session_${api.port}=guess`;
    assert.equal(
      (await ask(api, '/control/stop', { method: 'POST', headers: { cookie } })).status,
      401,
    );
  });

  it('guesses are slowed down', async () => {
    const answers = await Promise.all(Array.from({ length: 15 }, () => signIn({ code: 'x' })));
    assert(answers.some(({ status }) => status === 429));
  });

  it('ends after a week, and its code after an hour', async () => {
    const mono = new VirtualClock();
    const timed = await startFakeApi(engine, { mono });
    const enter = async (code: string) =>
      ask(timed, '/session', { method: 'POST', body: { code }, headers: { origin: timed.url } });
    const late = timed.onePageLoginCode();
    mono.advanceBy(60 * 60 * 1000);
    assert.equal((await enter(late)).status, 401);
    const headers = { cookie: cookieOf(await enter(timed.onePageLoginCode())) };
    const day = 24 * 60 * 60 * 1000;
    mono.advanceBy(7 * day - 1);
    assert.deepEqual((await ask(timed, '/session', { headers })).body, { signed_in: true });
    mono.advanceBy(1);
    assert.deepEqual((await ask(timed, '/session', { headers })).body, { signed_in: false });
    const closed = timed.close();
    mono.advanceBy(1000);
    await closed;
  });
});
