import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, it } from 'vitest';
import { createLogTail } from '../../src/api/log-tail.ts';
import type { Api } from '../../src/api/server.ts';
import { logsView } from '../../src/protocol/log-view.ts';
import { ask, FakeEngine, startFakeApi } from './fixture.ts';

let engine: FakeEngine;
let api: Api;
beforeEach(async () => {
  engine = new FakeEngine();
  api = await startFakeApi(engine);
});
afterEach(() => api.close());

async function texts(query: string): Promise<readonly string[]> {
  const answer = await ask(api, `/logs${query}`);
  assert.equal(answer.status, 200, answer.text);
  return logsView.parse(answer.body).lines.map(({ text }) => text);
}

it('shows the lines that are asked for, newest first', async () => {
  engine.logs.push({ text: 'starts' });
  engine.logs.push({ text: 'a detail', level: 'debug', thread: 'market', actor: 'greeks' });
  engine.logs.push({ text: 'is late', level: 'warn', thread: 'market', detail: { book: 'Late' } });
  engine.logs.push({ text: 'failed', level: 'error', book: 'NVDA' });
  assert.deepEqual(await texts(''), ['failed', 'is late', 'starts']);
  assert.deepEqual(await texts('?level=trace&thread=market'), ['is late', 'a detail']);
  assert.deepEqual(await texts('?level=debug&actor=greeks'), ['a detail']);
  assert.deepEqual(await texts('?level=error'), ['failed']);
  assert.deepEqual(await texts('?book=nvda'), ['failed']);
  assert.deepEqual(await texts('?search=LATE'), ['is late']);
});

it('gives what is older by the id of what was the oldest', async () => {
  for (const text of ['a', 'b', 'c']) engine.logs.push({ text });
  const first = logsView.parse((await ask(api, '/logs?limit=2')).body);
  assert.deepEqual([first.lines.map(({ text }) => text), first.next_before], [['c', 'b'], 2]);
  const second = logsView.parse((await ask(api, '/logs?limit=2&before=2')).body);
  assert.deepEqual([second.lines.map(({ text }) => text), second.next_before], [['a'], null]);
});

async function follow(lastEventId?: string): Promise<{ response: IncomingMessage; text: string }> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const place = { host: '127.0.0.1', port: api.port, path: '/events', agent: false, headers };
  const [response] = (await once(get(place), 'response')) as [IncomingMessage];
  const stream = { response, text: '' };
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    stream.text += chunk;
  });
  response.on('error', () => response.destroy());
  return stream;
}

async function until(stream: { response: IncomingMessage; text: string }, end: RegExp) {
  while (!end.test(stream.text)) await once(stream.response, 'data');
  return [...stream.text.matchAll(/^id: (.*)\nevent: (\w+)/gm)].map(([, id, kind]) => [id, kind]);
}

it('sends lines as events beside the others, and resumes both where the reader was', async () => {
  const move = { ts: 1, machine: 'daemon', from: 'a', to: 'b', event: 'GO' };
  const stream = await follow();
  await until(stream, /hello/);
  engine.feed.push({ kind: 'transition', data: move });
  engine.logs.push({ text: 'one' });
  engine.feed.push({ kind: 'transition', data: { ...move, to: 'c' } });
  assert.deepEqual(await until(stream, /"to":"c"/), [
    ['1', 'transition'],
    ['1.1', 'log'],
    ['2.1', 'transition'],
  ]);
  stream.response.destroy();
  engine.logs.push({ text: 'two' });
  engine.feed.push({ kind: 'transition', data: { ...move, to: 'd' } });
  const resumed = await follow('1.1');
  assert.deepEqual(await until(resumed, /"to":"d"/), [
    ['1.2', 'log'],
    ['2.2', 'transition'],
    ['3.2', 'transition'],
  ]);
  resumed.response.destroy();
});

it('refuses a Last-Event-ID that is none of ours', async () => {
  for (const id of ['x', '1.2.3', '-1', '1.x', '1'.repeat(16)]) {
    const { status, body } = await ask(api, '/events', { headers: { 'last-event-id': id } });
    assert.deepEqual([id, status, body['code']], [id, 400, 'bad_request']);
  }
});

it('keeps the latest lines of a channel, also those that are none of ours', async () => {
  const name = `test-log-${process.pid}`;
  const channel = new BroadcastChannel(name);
  const tail = createLogTail(name);
  const heard = new Promise<void>((resolve) => {
    tail.follow(({ id }) => id === 2003 && resolve());
  });
  channel.postMessage('plain text\n');
  const line = { level: 40, time: '2026-01-02T03:04:05.678Z', thread: 'market', msg: 'late', n: 1 };
  for (let count = 0; count < 2000; count += 1) channel.postMessage(JSON.stringify(line));
  channel.postMessage('{"level":"loud","msg":7}');
  channel.postMessage(JSON.stringify({ ...line, actor: 'greeks', book: 'NVDA' }));
  await heard;
  const { lines } = tail.logs({ level: 'trace', limit: 5000 });
  assert.equal(lines.length, 2000);
  assert.deepEqual(lines[0], {
    ...{ id: 2003, ts: 1_767_323_045.678, level: 'warn', thread: 'market', actor: 'greeks' },
    ...{ machine: null, book: 'NVDA', text: 'late', detail: { n: 1 } },
  });
  assert.deepEqual([lines[1]?.level, lines[1]?.text, lines[1]?.thread], ['info', '', 'kernel']);
  assert.equal(lines.at(-1)?.id, 4);
  tail.close();
  channel.close();
});
