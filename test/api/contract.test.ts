import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemView, statusOf } from '../../src/api/problem.ts';
import type { Api } from '../../src/api/server.ts';
import { Fault } from '../../src/fault.ts';
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

it('a read that fails for a reason that the route names is told with its status', async () => {
  const reads = engine.ports().reads;
  for (const code of ['not_found', 'actor_down'] as const) {
    const broken = await startFakeApi(engine, {
      reads: {
        ...reads,
        machine: () => {
          throw new Fault(code, 'as the test wants it');
        },
      },
    });
    const answer = await ask(broken, '/machines/daemon');
    assert.equal(problemOf(answer), `${statusOf(code)} ${code}`);
    await broken.close();
  }
});

it('every route names each of its refusals once, and none that another status would tell', () => {
  for (const { refusals, statuses, path } of ROUTES) {
    assert.equal(new Set(refusals).size, refusals.length, path);
    for (const code of refusals) assert(!statuses.includes(statusOf(code)), `${path}: ${code}`);
  }
});
