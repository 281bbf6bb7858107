import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemView, statusOf } from '../../src/api/problem.ts';
import type { Api, ApiOptions } from '../../src/api/server.ts';
import { Fault, type FaultCode } from '../../src/fault.ts';
import { pathOf, ROUTES } from './every-route.ts';
import { type Answer, ask, FakeEngine, startFakeApi, TOKEN } from './fixture.ts';

/** What a POST of each route may say. */
const BODIES: Readonly<Record<string, object>> = {
  machineEvent: { type: 'SUSPEND' },
  hedge_now: { symbol: 'NVDA' },
  adopt: { symbol: 'NVDA', shares: 3 },
  legs: { symbol: 'NVDA' },
  manual_resume: { symbol: 'NVDA', reason: 'looked at it' },
  set_heartbeat_interval: { interval_s: 10 },
  signIn: { token: TOKEN },
  injectFault: { type: 'disconnect' },
  chooseBroker: { ib_host: 'desk', ib_port_type: 'tws_paper' },
};

/** Without which a route is not asked for anything. */
const QUERIES: Readonly<Record<string, string>> = { machineAt: '?seq=5' };

let engine: FakeEngine;
let api: Api;
beforeAll(async () => {
  engine = new FakeEngine();
  api = await startFakeApi(engine);
});
afterAll(() => api.close());

const authorization = `Bearer ${TOKEN}`;

function problemOf({ status, headers, body }: Answer): string {
  assert.match(String(headers['content-type']), /^application\/problem\+json/);
  const problem = problemView.parse(body);
  assert.equal(problem.status, status);
  return `${status} ${problem.code}`;
}

describe.each(ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s',
  (_, route) => {
    const { method, id } = route;
    const path = pathOf(route);
    const send = (headers: Record<string, string>, body?: unknown, at = path) =>
      ask(api, at, { method, headers, ...(body === undefined ? {} : { body }) });
    const own = method === 'POST' ? (BODIES[id] ?? {}) : undefined;

    it('answers what it declares', async () => {
      const answer = await send({ authorization }, own);
      // What the fake engine does not have is refused as the route says it may be.
      if (answer.status >= 400) {
        const code = problemOf(answer).split(' ')[1] ?? '';
        expect(route.refusals).toContain(code);
        return;
      }
      expect(route.statuses).toContain(answer.status);
      const type = String(answer.headers['content-type']);
      if (type.startsWith('application/json')) route.reply.parse(JSON.parse(answer.text));
      else expect(route.otherTypes).toContain(type.split(';')[0]);
    });

    it('refuses another host, and input that is not declared', async () => {
      assert.equal(problemOf(await send({ host: 'evil.example' })), '403 host_not_allowed');
      const strange = await send({ authorization }, own, `${path}?surely_unknown=1`);
      // A bucket may be empty by now: it is asked before the input is looked at.
      expect(['400 bad_request', '429 rate_limited']).toContain(problemOf(strange));
    });

    it('is answered by its own method alone', async () => {
      const answer = await ask(api, path, { method: 'DELETE', headers: { authorization } });
      assert.equal(problemOf(answer), '405 method_not_allowed');
      expect(String(answer.headers['allow']).split(', ')).toContain(method);
    });

    if (method === 'POST') {
      it('refuses a caller without proof, another site, and bodies that are none', async () => {
        const open = id === 'signIn';
        if (!open) assert.equal(problemOf(await send({}, own)), '401 unauthorized');
        const origin = 'https://evil.example';
        assert.equal(
          problemOf(await send({ authorization, origin }, own)),
          '403 origin_not_allowed',
        );
        const raw = (text: string, type = 'application/json') =>
          ask(api, path, { method, raw: text, headers: { authorization, 'content-type': type } });
        assert.equal(problemOf(await raw('{')), '400 bad_request');
        assert.equal(problemOf(await raw('a=b', 'text/plain')), '415 unsupported_media_type');
        assert.equal(problemOf(await raw('x'.repeat(70_000))), '413 body_too_large');
        const wrong = problemOf(await send({ authorization }, { surely_unknown: 1 }));
        expect(['422 invalid', '429 rate_limited']).toContain(wrong);
      });
    }
  },
);

/** Codes that routes declare, each with the routes that do. */
const DECLARED = Map.groupBy(
  ROUTES.flatMap((route) => route.refusals.map((code) => ({ code, route }))),
  ({ code }) => code,
);

/** The ports of an engine all of whose answers fail so, but that one can ask how it is. */
function failing(code: FaultCode): Partial<ApiOptions> {
  const fail = (): never => {
    throw new Fault(code, 'as the test wants it');
  };
  const ports = engine.ports();
  const ill = { ...ports.reads.status(), mode: 'simulated', daemon_self_check: 'blocked' } as const;
  return {
    reads: failAll(ports.reads, fail, { status: () => ill }),
    controls: failAll(ports.controls, fail),
    history: failAll(ports.history, fail),
    risk: failAll(ports.risk, fail),
    logs: failAll(ports.logs, fail),
    hostPorts: failAll(ports.hostPorts, fail),
    brokerChoices: failAll(ports.brokerChoices, fail),
    definitions: fail,
  };
}

/** A port of which everything but `kept` fails, however deep it lies. */
function failAll<T extends object>(port: T, fail: () => never, kept: Partial<T> = {}): T {
  return new Proxy(port, {
    get(target, name, receiver) {
      if (Object.hasOwn(kept, name)) return Reflect.get(kept, name);
      const own: unknown = Reflect.get(target, name, receiver);
      if (typeof own === 'function') return fail;
      return typeof own === 'object' && own !== null ? failAll(own, fail) : own;
    },
  });
}

describe.each([...DECLARED].filter(([code]) => code !== 'unauthorized'))(
  'a failure that routes declare as %s',
  (code, declared) => {
    it('is told so by each of them, with its status', async () => {
      const broken = await startFakeApi(engine, failing(code as FaultCode));
      for (const { route } of declared) {
        const { method, id } = route;
        const body = method === 'POST' ? { body: BODIES[id] ?? {} } : {};
        const path = `${pathOf(route)}${QUERIES[id] ?? ''}`;
        const answer = await ask(broken, path, { method, headers: { authorization }, ...body });
        assert.equal(problemOf(answer), `${statusOf(code)} ${code}`, `${method} ${path}`);
      }
      await broken.close();
    });
  },
);

it('a token that is wrong signs nobody in', async () => {
  const answer = await ask(api, '/session', { method: 'POST', body: { token: 'another' } });
  assert.equal(problemOf(answer), '401 unauthorized');
});

it.each([
  [404, 'not_found'],
  [409, 'conflict'],
  [503, 'actor_down'],
] as const)('a command that the engine refuses with %s is told as %s', async (status, code) => {
  const refusing = new FakeEngine();
  refusing.result = { ok: false, status, message: 'not now' };
  const other = await startFakeApi(refusing);
  for (const route of ROUTES.filter(({ path }) => /^.(control.|machines.*events)/.test(path))) {
    const body = BODIES[route.id] ?? {};
    const answer = await ask(other, pathOf(route), {
      method: 'POST',
      headers: { authorization },
      body,
    });
    assert.equal(problemOf(answer), `${status} ${code}`, route.path);
    assert.equal(answer.body['message'], 'not now');
  }
  await other.close();
});

it('every route names each of its refusals once, and none that another status would tell', () => {
  for (const { refusals, statuses, path } of ROUTES) {
    assert.equal(new Set(refusals).size, refusals.length, path);
    for (const code of refusals) assert(!statuses.includes(statusOf(code)), `${path}: ${code}`);
  }
});
