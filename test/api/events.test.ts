import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, it } from 'vitest';
import type { Api } from '../../src/api/server.ts';
import type { FeedEvent } from '../../src/protocol/ports.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { ask, FakeEngine, STATUS, startFakeApi } from './fixture.ts';

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

function transition(to: string): FeedEvent {
  return { kind: 'transition', data: { ts: 1, machine: 'daemon', from: 'a', to, event: 'GO' } };
}

class Stream {
  text = '';
  readonly response: IncomingMessage;
  readonly ended: Promise<unknown>;

  constructor(response: IncomingMessage) {
    this.response = response;
    this.ended = once(response, 'close');
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      this.text += chunk;
    });
    response.on('error', () => this.response.destroy());
  }

  static async open(headers: Record<string, string> = {}): Promise<Stream> {
    const request = get({
      host: '127.0.0.1',
      port: api.port,
      path: '/events',
      agent: false,
      headers,
    });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, 200);
    assert.match(response.headers['content-type'] ?? '', /^text\/event-stream/);
    return new Stream(response);
  }

  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) await once(this.response, 'data');
  }

  ids(): readonly string[] {
    return [...this.text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id ?? '');
  }
}

it('sends each event with its id, kind and data, uncompressed', async () => {
  const stream = await Stream.open({ 'accept-encoding': 'gzip, br' });
  assert.equal(stream.response.headers['content-encoding'], undefined);
  await stream.until(/event: hello\ndata: \{"epoch":"[0-9a-f]{8}"\}\n\n/);
  engine.feed.push(transition('b'));
  engine.feed.push({ kind: 'status', data: STATUS });
  await stream.until(/id: 2\nevent: status\ndata: .*\n\n/);
  assert.match(stream.text, /id: 1\nevent: transition\ndata: \{"ts":1,.*"to":"b".*\}\n\n/);
  stream.response.destroy();
});

it('gives a reader that comes back what it missed, once and in order', async () => {
  for (const to of ['b', 'c', 'd']) engine.feed.push(transition(to));
  const stream = await Stream.open({ 'last-event-id': '1' });
  engine.feed.push(transition('e'));
  await stream.until(/"to":"e"/);
  assert.deepEqual(stream.ids(), ['2', '3', '4']);
  const fresh = await Stream.open();
  engine.feed.push(transition('f'));
  await fresh.until(/"to":"f"/);
  assert.deepEqual(fresh.ids(), ['5']);
  stream.response.destroy();
  fresh.response.destroy();
});

it('says that it is alive while nothing happens', async () => {
  const stream = await Stream.open();
  await stream.until(/hello/);
  mono.advanceBy(15_000);
  await stream.until(/^: alive$/m);
  mono.advanceBy(15_000);
  await stream.until(/(: alive\n\n.*){2}/s);
  stream.response.destroy();
});

it('leaves the feed when the reader leaves', async () => {
  const stream = await Stream.open();
  assert.equal(engine.feed.listeners, 1);
  stream.response.destroy();
  while (engine.feed.listeners > 0) await new Promise((resolve) => setImmediate(resolve));
});

it('cuts a reader that does not read, and no other', async () => {
  const reading = await Stream.open();
  const socket = connect(api.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket, 'data');
  socket.pause();
  socket.on('error', () => socket.destroy());
  const large = 'x'.repeat(256 * 1024);
  for (let sent = 0; engine.feed.listeners > 1; sent += 1) {
    assert(sent < 1000, 'the silent reader was never cut');
    engine.feed.push(transition(large));
    await new Promise((resolve) => setImmediate(resolve));
  }
  engine.feed.push(transition('end'));
  await reading.until(/"to":"end"/);
  reading.response.destroy();
  socket.destroy();
});

it('opens a bounded number of streams', async () => {
  const streams = await Promise.all(Array.from({ length: 64 }, () => Stream.open()));
  const refused = await ask(api, '/events');
  assert.equal(refused.status, 503);
  assert.equal(refused.body['code'], 'too_many_streams');
  for (const stream of streams) stream.response.destroy();
});

it('ends its streams when it closes', async () => {
  const stream = await Stream.open();
  await stream.until(/hello/);
  await api.close();
  await stream.ended;
  assert.equal(stream.response.complete, true);
  assert.equal(engine.feed.listeners, 0);
  assert.equal(mono.pending, 0);
});
