import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, it } from 'vitest';
import type { Alert } from '../../src/alerts/alert.ts';
import { Webhook, type WebhookOptions } from '../../src/alerts/webhook.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

interface Heard {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A real server that answers each request with the next of `answers`, the last for ever. */
class Receiver {
  readonly heard: Heard[] = [];
  answers: ((response: ServerResponse) => void)[] = [(response) => response.end('ok')];
  readonly server: Server;
  #onHeard: () => void = () => undefined;

  constructor() {
    this.server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => {
        this.heard.push({ headers: request.headers, body });
        const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
        answer?.(response);
        this.#onHeard();
      });
    });
  }

  async listen(): Promise<void> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/secret-path`;
  }

  async until(count: number): Promise<void> {
    while (this.heard.length < count) {
      await new Promise<void>((resolve) => {
        this.#onHeard = resolve;
      });
    }
  }
}

let receiver: Receiver;
let mono: VirtualClock;
let lines: string;
let webhook: Webhook;
beforeEach(async () => {
  receiver = new Receiver();
  await receiver.listen();
  mono = new VirtualClock();
  lines = '';
});
afterEach(() => {
  webhook.close();
  receiver.server.closeAllConnections();
  receiver.server.close();
});

function create(options: Partial<WebhookOptions> = {}): Webhook {
  const log = pino({ level: 'trace' }, { write: (line: string) => (lines += line) });
  webhook = new Webhook({
    name: 'desk',
    url: options.url ?? receiver.url,
    format: 'json',
    chatId: null,
    events: ['lamp', 'reject'],
    perMinute: 60,
    repeatAfterMs: 60_000,
    speaker: { deployment: 'demo', mode: 'paper' },
    mono,
    log,
    ...options,
  });
  return webhook;
}

function alert(key: string, more: Partial<Alert> = {}): Alert {
  const said = { title: 'the lamp is red', text: 'broker_down', book: null, ts: 1 };
  return { kind: 'lamp', key, severity: 'page', ...said, ...more };
}

async function until(outcome: string, count: number): Promise<void> {
  const counts = (): ReadonlyMap<string, number> => webhook.counts();
  while ((counts().get(outcome) ?? 0) < count) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const bodies = () => receiver.heard.map(({ body }) => JSON.parse(body));

describe('a webhook', () => {
  it('is sent every field as JSON, with who speaks', async () => {
    create().take(alert('a'));
    await until('sent', 1);
    assert.deepEqual(bodies(), [
      { ...alert('a'), deployment: 'demo', mode: 'paper', held_back: 0 },
    ]);
    assert.equal(receiver.heard[0]?.headers['content-type'], 'application/json; charset=utf-8');
  });

  it.each([
    ['slack', { text: '[demo paper] the lamp is red\na &lt;b&gt; &amp; c' }],
    [
      'discord',
      { content: '[demo paper] the lamp is red\na <b> & c', allowed_mentions: { parse: [] } },
    ],
    ['telegram', { chat_id: '-100', text: '[demo paper] the lamp is red\na <b> & c' }],
  ] as const)('speaks the words of %s', async (format, expected) => {
    create({ format, chatId: format === 'telegram' ? '-100' : null });
    webhook.take(alert('a', { text: 'a <b> & c' }));
    await until('sent', 1);
    assert.deepEqual(bodies(), [expected]);
  });

  it('speaks the words of ntfy, whose title is a header of plain signs', async () => {
    create({ format: 'ntfy' }).take(alert('a', { title: 'rot – ö', severity: 'warn' }));
    await until('sent', 1);
    const [{ headers, body } = assert.fail()] = receiver.heard;
    assert.equal(body, 'broker_down');
    assert.deepEqual(
      [headers['title'], headers['priority'], headers['tags']],
      ['[demo paper] rot ? ?', '4', 'lamp'],
    );
  });

  it('is told the same once, until it may be repeated', async () => {
    create();
    for (const key of ['a', 'a', 'b']) webhook.take(alert(key));
    await until('sent', 2);
    mono.advanceBy(59_999);
    webhook.take(alert('a'));
    assert.equal(webhook.counts().get('repeated'), 2);
    mono.advanceBy(1);
    webhook.take(alert('a'));
    await until('sent', 3);
  });

  it('is told only the kinds it is for, and every test', async () => {
    create();
    webhook.take(alert('a', { kind: 'report' }));
    webhook.take(alert('b', { kind: 'test' }));
    await until('sent', 1);
    assert.deepEqual(
      bodies().map(({ key }) => key),
      ['b'],
    );
  });

  it('is sent no more in a minute than it takes, and told later how many were held back', async () => {
    create({ perMinute: 2 });
    for (let count = 1; count <= 60; count += 1) webhook.take(alert(`a${count}`));
    await until('sent', 2);
    assert.equal(receiver.heard.length, 2);
    assert.equal(webhook.counts().get('held_back'), 10);
    mono.advanceBy(59_999);
    assert.equal(receiver.heard.length, 2);
    mono.advanceBy(1);
    await until('sent', 4);
    const heldBack = bodies().map(({ held_back }) => held_back);
    assert.equal(Math.max(...heldBack), 10);
    assert.equal(heldBack.at(-1), 0);
  });
});

describe('a receiver that is not well', () => {
  const status =
    (code: number, headers = {}) =>
    (response: ServerResponse): void => {
      response.writeHead(code, headers).end();
    };

  it('that fails is asked again, later and later, and the order is kept', async () => {
    receiver.answers = [status(500), status(503), (response) => response.end()];
    create();
    webhook.take(alert('a'));
    webhook.take(alert('b'));
    await until('retried', 1);
    mono.advanceBy(999);
    assert.equal(receiver.heard.length, 1);
    mono.advanceBy(1);
    await until('retried', 2);
    mono.advanceBy(2000);
    await until('sent', 2);
    assert.deepEqual(
      bodies().map(({ key }) => key),
      ['a', 'a', 'a', 'b'],
    );
  });

  it('that wants to be left alone is', async () => {
    receiver.answers = [status(429, { 'retry-after': '30' }), (response) => response.end()];
    create().take(alert('a'));
    await until('retried', 1);
    mono.advanceBy(29_999);
    assert.equal(receiver.heard.length, 1);
    mono.advanceBy(1);
    await until('sent', 1);
  });

  it('that hangs is given up after ten seconds, and asked again', async () => {
    receiver.answers = [() => undefined, (response) => response.end()];
    create().take(alert('a'));
    await receiver.until(1);
    mono.advanceBy(10_000);
    await until('retried', 1);
    assert.equal(webhook.lastReason, 'no answer in time');
    mono.advanceBy(1000);
    await until('sent', 1);
  });

  it.each([400, 404, 302])('that answers %i is not asked again', async (code) => {
    receiver.answers = [status(code, { location: receiver.url }), (response) => response.end()];
    create();
    webhook.take(alert('a'));
    webhook.take(alert('b'));
    await until('sent', 1);
    assert.equal(webhook.counts().get('failed'), 1);
    assert.equal(receiver.heard.length, 2);
  });

  it('that stays away is given up after a while, and the next alert is tried', async () => {
    receiver.answers = [status(500)];
    create().take(alert('a'));
    for (let attempt = 1; attempt < 15; attempt += 1) {
      await until('retried', attempt);
      mono.advanceBy(60_000);
    }
    await until('failed', 1);
    receiver.answers = [(response) => response.end()];
    webhook.take(alert('b'));
    await until('sent', 1);
  });

  it('never learns nor tells the address to the log', async () => {
    const { url } = receiver;
    receiver.server.close();
    receiver.server.closeAllConnections();
    create({ url }).take(alert('a'));
    await until('retried', 1);
    assert.equal(webhook.lastReason, 'ECONNREFUSED');
    await receiver.listen();
    receiver.answers = [status(400)];
    create().take(alert('a'));
    await until('failed', 1);
    assert.match(lines, /an alert was not delivered/);
    assert.doesNotMatch(lines, /secret-path|127\.0\.0\.1/);
  });

  it('is left at once when the daemon stops', async () => {
    receiver.answers = [() => undefined];
    create().take(alert('a'));
    await receiver.until(1);
    webhook.close();
    webhook.take(alert('b'));
    assert.equal(mono.pending <= 1, true);
    assert.equal(receiver.heard.length, 1);
  });
});
