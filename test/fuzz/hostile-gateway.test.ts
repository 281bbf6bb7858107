/**
 * Our client against a gateway that sends it anything: each message it knows, with fields broken,
 * missing and surplus, and streams with bytes lost and doubled. Nothing may escape but reports
 * whose numbers are numbers, and a lost link; a gateway in its right mind is then read as ever.
 */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';

import { brokerActor } from '../../actors/broker.ts';
import {
  encodeCurrentTime,
  encodeManagedAccounts,
  encodeNextValidId,
} from '../../src/gateway/tws/encode.ts';
import { encodeFrame } from '../../src/gateway/tws/framing.ts';
import { type PipeEvents, wireClients } from '../../src/gateway/wire/client.ts';
import type { BrokerReport } from '../../src/protocol/broker.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { contextFor, Inbox } from '../gateway/ib/support/inbox.ts';
import { ACCOUNT, NOW } from '../gateway/tws/support/fake-venue.ts';
import { change, EVERY, keptFields, VERSIONS } from '../gateway/wire/support/messages.ts';
import { damaged, damages, runs } from './support/damage.ts';

const target = { host: 'nowhere', port: 1, clientId: 7, connectTimeoutMs: 15_000 };

/** A broker actor on a pipe that a test writes into. */
function openClient() {
  let pipe: PipeEvents | undefined;
  const clock = new VirtualClock(0);
  const inbox = new Inbox<BrokerReport>();
  const create = brokerActor(
    wireClients((_, events) => {
      pipe = events;
      return { write: () => undefined, destroy: () => undefined };
    }),
  );
  const actor = create(contextFor(clock, { kernel: inbox }), { reportTo: 'kernel' });
  const login = (version: number): void => {
    actor.receive({ type: 'link.open', target });
    pipe?.connected();
    pipe?.data(encodeFrame([version, '20230803 09:30:00 EST']));
    pipe?.data(encodeFrame(encodeManagedAccounts([ACCOUNT])));
    pipe?.data(encodeFrame(encodeNextValidId(5)));
  };
  return { inbox, clock, login, send: (bytes: Buffer) => pipe?.data(bytes), actor };
}

/** No report of the broker carries a number that is none, wherever it stands. */
function assertSound(report: BrokerReport): void {
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'number') assert.ok(!Number.isNaN(value), `${path} of ${report.type}`);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) walk(inner, `${path}.${key}`);
  };
  walk(report, '');
  if (report.type !== 'execution') return;
  const { quantity, price } = report.execution;
  // A correction may take all of it back.
  assert.ok(quantity >= 0 && Number.isFinite(quantity), `an execution of ${quantity}`);
  assert.ok(Number.isFinite(price), `an execution at ${price}`);
}

/** After all that: logged in anew, it hears the time. */
function assertAlive({ inbox, login, send, actor, clock }: ReturnType<typeof openClient>): void {
  actor.receive({ type: 'link.close' });
  inbox.clear();
  login(178);
  clock.advanceBy(1000);
  send(encodeFrame(encodeCurrentTime(NOW)));
  assert.ok(inbox.all('link.up').length === 1, 'it logs in');
}

describe('our client', () => {
  it('takes any fields of any message', () => {
    const drawn = fc.record({
      version: fc.constantFrom(...VERSIONS),
      broken: fc.array(
        fc.record({
          which: fc.nat({ max: 1000 }),
          changes: fc.array(change, { minLength: 1, maxLength: 3 }),
        }),
        { minLength: 1, maxLength: 30 },
      ),
    });
    fc.assert(
      fc.property(drawn, ({ version, broken }) => {
        const client = openClient();
        client.login(version);
        const all = EVERY.get(version) ?? [];
        for (const { which, changes } of broken) {
          const fields = (all[which % all.length] ?? []).map(String);
          for (const one of changes) one(fields, keptFields(fields, version));
          client.send(encodeFrame(fields));
        }
        client.clock.advanceBy(60_000);
        for (const report of client.inbox.messages) assertSound(report);
        assertAlive(client);
      }),
      runs(80),
    );
  });

  it('takes any bytes', () => {
    const stream = Buffer.concat((EVERY.get(178) ?? []).map((one) => encodeFrame(one)));
    fc.assert(
      fc.property(damages, (damage) => {
        const client = openClient();
        client.login(178);
        client.send(damaged(stream, damage));
        client.clock.advanceBy(60_000);
        for (const report of client.inbox.messages) assertSound(report);
        assertAlive(client);
      }),
      runs(80),
    );
  });
});
