import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { Api } from '../../src/api/server.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { FakeEngine, startFakeApi, TOKEN } from './fixture.ts';

let engine: FakeEngine;
let mono: VirtualClock;
let api: Api;
beforeEach(async () => {
  engine = new FakeEngine();
  mono = new VirtualClock();
  api = await startFakeApi(engine, { mono });
});
afterEach(async () => {
  const closed = api.close();
  mono.advanceBy(1000);
  await closed;
});

/** The events of the protocol, as Stately's tools read them. */
const base = {
  id: z.string(),
  rootId: z.string(),
  sessionId: z.string(),
  createdAt: z.string().regex(/^\d+$/),
  _version: z.string(),
};
const snapshot = z.strictObject({
  status: z.literal('active'),
  value: z.unknown(),
  context: z.unknown(),
});
const event = z.strictObject({ type: z.string() });
const message = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('@xstate.actor'),
    name: z.string(),
    parentId: z.string().optional(),
    definition: z.string(),
    snapshot,
    ...base,
  }),
  z.strictObject({ type: z.literal('@xstate.event'), event, ...base }),
  z.strictObject({ type: z.literal('@xstate.snapshot'), event, snapshot, ...base }),
]);
type Message = z.output<typeof message>;

class Tool {
  readonly messages: Message[] = [];
  readonly socket: WebSocket;

  constructor(headers: Record<string, string> = {}, path = '/inspect', port = api.port) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    this.socket.on('message', (data) => this.messages.push(message.parse(JSON.parse(`${data}`))));
    this.socket.on('error', () => undefined);
  }

  async until(count: number): Promise<readonly Message[]> {
    while (this.messages.length < count) await once(this.socket, 'message');
    return this.messages;
  }

  /** The status with which the upgrade is refused. */
  async refused(): Promise<number | undefined> {
    const [, response] = await once(this.socket, 'unexpected-response');
    this.socket.terminate();
    return response.statusCode;
  }
}

const move = { ts: 1, machine: 'hedge:NVDA', from: 'EXEC_IDLE', to: 'PLAN', event: 'TARGET' };

describe('an inspector', () => {
  it('is told every machine with its definition and state, then each move of one', async () => {
    const tool = new Tool();
    const actors = await tool.until(2);
    assert.deepEqual(
      actors.map(({ type, sessionId }) => [type, sessionId]),
      [
        ['@xstate.actor', 'daemon'],
        ['@xstate.actor', 'hedge:NVDA'],
      ],
    );
    const [daemon, hedge] = actors;
    assert(daemon?.type === '@xstate.actor' && hedge?.type === '@xstate.actor');
    assert.deepEqual(JSON.parse(daemon.definition), { id: 'daemon', states: {} });
    assert.deepEqual([daemon.parentId, hedge.parentId], [undefined, 'daemon']);
    engine.feed.push({ kind: 'transition', data: move });
    const [, , sent, reached] = await tool.until(4);
    assert(sent?.type === '@xstate.event' && reached?.type === '@xstate.snapshot');
    assert.deepEqual([sent.sessionId, sent.event], ['hedge:NVDA', { type: 'TARGET' }]);
    assert.deepEqual(reached.snapshot.value, 'EXEC_IDLE');
    assert.equal(new Set(tool.messages.map(({ id }) => id)).size, 4);
    tool.socket.terminate();
  });

  it('costs nothing when nobody looks: the feed is followed only while one is connected', async () => {
    assert.equal(engine.feed.listeners, 0);
    const tool = new Tool();
    const other = new Tool();
    await Promise.all([tool.until(2), other.until(2)]);
    assert.equal(engine.feed.listeners, 1);
    tool.socket.terminate();
    other.socket.terminate();
    while (engine.feed.listeners > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(mono.pending, 0);
  });

  it('is told nothing of an actor that is gone, and nothing it says is heard', async () => {
    const tool = new Tool();
    await tool.until(2);
    tool.socket.send(JSON.stringify({ type: '@xstate.event', event: { type: 'STOP' } }));
    engine.feed.push({ kind: 'transition', data: { ...move, machine: 'actor:gone' } });
    engine.feed.push({ kind: 'transition', data: move });
    const messages = await tool.until(4);
    assert.equal(messages[2]?.sessionId, 'hedge:NVDA');
    assert.deepEqual(engine.requests, []);
    tool.socket.terminate();
  });

  it('that answers no ping is dropped', async () => {
    const tool = new Tool();
    await tool.until(2);
    tool.socket.pause();
    mono.advanceBy(15_000);
    mono.advanceBy(15_000);
    tool.socket.resume();
    await once(tool.socket, 'close');
    assert.equal(engine.feed.listeners, 0);
  });

  it('is one of eight at most', async () => {
    const tools = Array.from({ length: 8 }, () => new Tool());
    await Promise.all(tools.map((tool) => tool.until(2)));
    assert.equal(await new Tool().refused(), 503);
    for (const { socket } of tools) socket.terminate();
  });
});

describe('an upgrade', () => {
  it('of another site, another host or another place is refused', async () => {
    assert.equal(await new Tool({ origin: 'https://evil.example' }).refused(), 403);
    assert.equal(await new Tool({ host: 'evil.example' }).refused(), 403);
    assert.equal(await new Tool({}, '/status').refused(), 404);
    const own = new Tool({ origin: `http://127.0.0.1:${api.port}` });
    await own.until(2);
    own.socket.terminate();
  });

  it('needs the token beyond loopback', async () => {
    const wide = { mono, host: '0.0.0.0', allowedHosts: ['127.0.0.1'] };
    const open = await startFakeApi(engine, wide);
    assert.equal(await new Tool({}, '/inspect', open.port).refused(), 401);
    const known = new Tool({ authorization: `Bearer ${TOKEN}` }, '/inspect', open.port);
    await known.until(2);
    const closed = open.close();
    mono.advanceBy(1000);
    await closed;
  });
});
