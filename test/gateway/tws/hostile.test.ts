import { strict as assert } from 'node:assert';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { encodeFrame, type Field } from '../../../src/gateway/tws/framing.ts';
import { UNSERVED, UNSERVED_CANCELS } from '../../../src/gateway/tws/unserved.ts';
import { CLIENT } from '../../../src/gateway/tws/wire-ids.ts';
import { createRandom, type Random } from '../../../src/runtime/random.ts';
import { ACCOUNT, SPY } from './support/fake-venue.ts';
import { startGateway, type TestGateway } from './support/gateway.ts';
import { hello, RawClient } from './support/raw-client.ts';

const SEED = 20230803;
const FRAMES = 10_000;

const STOCK = [756733, 'SPY', 'STK', '', 0, '', '', 'SMART', '', 'USD', '', ''] as const;
const OPTION = ['', 'SPY', 'OPT', '20230901', 430, 'P', '', 'SMART', 'USD', '', ''] as const;
const PLAIN_ORDER = ['', '', 'BUY', 1, 'LMT', 450, '', 'DAY', '', ACCOUNT, '', 0, 'ref', 1];

/** A well-formed message of every kind the gateway reads. */
const MESSAGES: readonly (readonly Field[])[] = [
  [1, 11, 3, ...STOCK, 0, '', 0, 0, ''],
  [2, 2, 3],
  [3, 5, ...STOCK, ...PLAIN_ORDER, ...Array<string>(100).fill('')],
  [4, 1, 5, ''],
  [5, 1],
  [6, 2, 1, ''],
  [7, 3, 5, 0, '', '', '', '', '', ''],
  [8, 1, 1],
  [9, 8, 5, ...STOCK, 0, '', '', ''],
  [12, 1, 1],
  [13, 1],
  [14, 1, 5],
  [15, 1, 1],
  [16, 1],
  [17, 1],
  [20, 5, ...STOCK, 0, '', '1 day', '1 D', 1, 'TRADES', 1, 0, ''],
  [21, 2, 5, ...OPTION, 1, 1, ACCOUNT, 0],
  [25, 1, 5],
  [50, 3, 5, ...STOCK, 5, 'TRADES', 1, ''],
  [51, 1, 5],
  [54, 2, 5, ...STOCK, 2.5, 450, ''],
  [55, 2, 5, ...STOCK, 0.3, 450, ''],
  [49, 1],
  [56, 1, 5],
  [57, 1, 5],
  [58, 1],
  [59, 1, 3],
  [61, 1],
  [62, 1, 5, 'All', 'NetLiquidation'],
  [63, 1, 5],
  [64, 1],
  [71, 2, 3, ''],
  [74, 1, 5, ACCOUNT, ''],
  [75, 1, 5],
  [76, 1, 5, ACCOUNT, '', 0],
  [77, 1, 5],
  [78, 5, 'SPY', '', 'STK', 756733],
  [79, 5],
  [80],
  [81, 5, 'SP'],
  [82],
  [83, 5, 'SMART'],
  [85],
  [87, 5, ...STOCK, 0, 1, 'TRADES', 1],
  [90, 5],
  [91, 26],
  [92, 5, ACCOUNT, ''],
  [93, 5],
  [94, 5, ACCOUNT, '', 756733],
  [95, 5],
  [96, 5, ...STOCK, 0, '', '20230803 09:31:00', 10, 'TRADES', 1, 0, ''],
  [97, 5, ...STOCK, 'Last', 0, 0],
  [98, 5],
  [99, 0],
  [104, 5],
  // What is not served is read too, as far as its id.
  ...[...UNSERVED.keys(), ...UNSERVED_CANCELS.keys()].map((id) => [id, 1, 5]),
];

const NASTY: readonly Field[] = [
  ...['', '-1', 'NaN', 'Infinity', '1e999', '99999999999999999999', '2147483647', '\\u0000'],
  ...['1.7976931348623157E308', 'DROP TABLE', '💥', '0x10', '--', 'x'.repeat(5000), '-0', ' '],
];

/** A message in which fields are replaced, dropped, doubled or cut off. */
function mutateFields(message: readonly Field[], random: Random): readonly Field[] {
  const fields = [...message];
  const changes = 1 + random.integer(4);
  for (let index = 0; index < changes; index += 1) {
    const at = random.integer(fields.length + 1);
    const nasty = NASTY[random.integer(NASTY.length)] ?? '';
    const kind = random.integer(4);
    if (kind === 0) fields.splice(at, 1, nasty);
    else if (kind === 1) fields.splice(at, 1);
    else if (kind === 2) fields.splice(at, 0, nasty);
    else fields.length = at;
  }
  return fields;
}

/** The bytes of a mutated message; one in four is broken below the fields too. */
function mutate(random: Random): Buffer {
  const message = MESSAGES[random.integer(MESSAGES.length)] ?? [];
  const frame = encodeFrame(mutateFields(message, random));
  if (random.integer(4) > 0) return frame;
  for (let index = 0; index <= random.integer(3); index += 1) {
    frame[random.integer(frame.length)] = random.integer(256);
  }
  return random.integer(3) === 0 ? frame.subarray(0, random.integer(frame.length)) : frame;
}

describe('hostile input', () => {
  it('is made of every message that the protocol has', () => {
    const ids = MESSAGES.map(([id]) => Number(id));
    const known = [...Object.values(CLIENT), ...UNSERVED.keys(), ...UNSERVED_CANCELS.keys()];
    assert.deepEqual(new Set(ids), new Set(known));
  });

  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await startGateway();
  });
  afterEach(() => gateway.server.close());

  it(`survives ${FRAMES} mutated frames (seed ${SEED}) and serves the others on`, async () => {
    const random = createRandom(SEED);
    const good = await RawClient.login(gateway.port, 1);
    good.send(1, 11, 3, ...STOCK, 0, '', 0, 0, '');
    good.send(61, 1);
    await good.settle();
    let bad = await RawClient.login(gateway.port, 100);
    let connections = 1;
    for (let sent = 0; sent < FRAMES; sent += 1) {
      if (bad.isClosed) {
        connections += 1;
        bad = await RawClient.login(gateway.port, 100 + connections);
      }
      bad.write(mutate(random));
      if (sent % 10 === 0) await setImmediate();
      if (sent % 1000 !== 0) continue;
      // A half frame leaves its stream without sense: the next one would be eaten by it.
      await bad.close();
      gateway.venue.setQuote(SPY.conId, { bid: 400 + sent / 100 });
      const heard = await good.settle();
      assert.deepEqual(
        heard.filter(([id]) => id === '1').map((fields) => fields[4]),
        [String(400 + sent / 100)],
      );
    }
    await bad.close();
    assert.deepEqual(await good.settle(), []);
    for (const order of gateway.venue.placed) assert(Number.isSafeInteger(order.orderId));
    const again = await RawClient.login(gateway.port, 100);
    again.send(8, 1, 1);
    assert.match((await again.take(9))[2] ?? '', /^\d+$/);
    // Of hundreds of sessions nothing is left but these two and the one line of the good one.
    assert.equal(gateway.server.sessions().length, 2);
    assert.equal(gateway.venue.watching, 1);
    assert(gateway.mono.pending <= 2, `${gateway.mono.pending} timers`);
  });

  it('survives bytes without sense in place of a handshake', async () => {
    const random = createRandom(SEED);
    const good = await RawClient.login(gateway.port, 1);
    for (let index = 0; index < 50; index += 1) {
      const client = await RawClient.open(gateway.port);
      const bytes = Buffer.from(Array.from({ length: 40 }, () => random.integer(256)));
      client.write(random.integer(2) === 0 ? bytes : Buffer.concat([hello('v157..178'), bytes]));
      await client.close();
    }
    assert.deepEqual(await good.settle(), []);
  });

  it('answers a message of too many fields, and of none, with one error each', async () => {
    const client = await RawClient.login(gateway.port, 1);
    client.send(...Array<string>(5000).fill('1'));
    client.write(Buffer.alloc(4));
    const heard = await client.settle();
    assert.deepEqual(
      heard.map((fields) => fields[3]),
      ['320', '320'],
    );
  });

  it('closes only the session whose frame is beyond the bound', async () => {
    const good = await RawClient.login(gateway.port, 1);
    const bad = await RawClient.login(gateway.port, 2);
    bad.write(Buffer.from('7fffffff', 'hex'));
    await bad.whenClosed();
    assert.deepEqual(await good.settle(), []);
  });
});
