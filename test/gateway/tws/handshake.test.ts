import { strict as assert } from 'node:assert';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { negotiate } from '../../../src/gateway/tws/handshake.ts';
import { startGateway, type TestGateway } from './support/gateway.ts';
import { hello, RawClient } from './support/raw-client.ts';

describe('version negotiation', () => {
  const cases: readonly (readonly [string, number, string, number])[] = [
    ['v157..178', 178, 'agreed', 178],
    ['v100..193', 178, 'agreed', 178],
    ['v100..193', 193, 'agreed', 193],
    ['v100..222', 193, 'agreed', 193],
    ['v100..177', 178, 'agreed', 177],
    ['v157', 178, 'agreed', 157],
    ['v157..178 +PACEAPI', 178, 'agreed', 178],
    ['v157..178\0', 178, 'agreed', 178],
    ['v100..156', 178, 'refused', 157],
    ['v38', 178, 'refused', 157],
    ['v190..200', 178, 'refused', 178],
  ];
  for (const [range, cap, kind, version] of cases) {
    it(`answers ${JSON.stringify(range)} under a cap of ${cap} with ${version} (${kind})`, () => {
      const result = negotiate(range, cap);
      assert.equal(result.kind, kind);
      assert.equal(result.kind === 'agreed' ? result.version : version, version);
      if (result.kind === 'refused') assert.equal(result.announce, version);
    });
  }

  for (const garbage of ['', '178', 'v', 'v178..157', 'v1.5..178', 'vv157..178', 'v157..178x']) {
    it(`calls ${JSON.stringify(garbage)} garbage`, () => {
      assert.equal(negotiate(garbage, 178).kind, 'garbage');
    });
  }
});

describe('handshake', () => {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await startGateway();
  });
  afterEach(() => gateway.server.close());

  it('answers the captured bytes with the captured bytes', async () => {
    const client = await RawClient.open(gateway.port);
    const chunks: Buffer[] = [];
    client.socket.on('data', (chunk) => chunks.push(chunk));
    client.write(Buffer.from('41504900' + '00000009' + '763135372e2e313738', 'hex'));
    assert.deepEqual(await client.next(), ['178', '20230803 13:31:00 UTC']);
    const bytes = Buffer.concat(chunks);
    assert.equal(bytes.subarray(0, 4).toString('hex'), '0000001a');
    assert.equal(bytes.subarray(4).toString(), '178\x0020230803 13:31:00 UTC\x00');

    client.write(Buffer.from('00000009' + '373100' + '3200' + '393900' + '00', 'hex'));
    assert.deepEqual(await client.next(), ['15', '1', 'DU1234567']);
    assert.deepEqual(await client.next(), ['9', '1', '1']);
    const notice = 'Market data farm connection is OK:usfarm';
    assert.deepEqual(await client.next(), ['4', '2', '-1', '2104', notice, '']);
    assert.equal((await client.next())[3], '2106');
    assert.equal((await client.next())[3], '2158');

    client.write(Buffer.from('00000005' + '343900' + '3100', 'hex'));
    assert.deepEqual(await client.next(), ['49', '1', '1691069460']);
    assert.deepEqual(gateway.server.sessions(), [
      { clientId: 99, version: 178, phase: 'ready', lines: 0 },
    ]);
    await client.close();
  });

  it('takes the handshake in single bytes, with the login in the same packet', async () => {
    const client = await RawClient.open(gateway.port);
    const login = Buffer.from('00000009' + '373100' + '3200' + '393900' + '00', 'hex');
    for (const byte of Buffer.concat([hello('v100..177 +PACEAPI'), login])) {
      client.write(Buffer.of(byte));
    }
    assert.equal((await client.next())[0], '177');
    assert.deepEqual(await client.take(9), ['9', '1', '1']);

    const coalesced = await RawClient.open(gateway.port);
    const other = Buffer.from('00000009' + '373100' + '3200' + '393800' + '00', 'hex');
    coalesced.write(Buffer.concat([hello('v100..177'), other]));
    assert.deepEqual(await coalesced.take(9), ['9', '1', '1']);
  });

  it('tells a client that is too old its oldest version and closes', async () => {
    const client = await RawClient.open(gateway.port);
    client.write(hello('v100..156'));
    assert.equal((await client.next())[0], '157');
    await client.whenClosed();
    assert.equal(gateway.server.sessions().length, 0);
  });

  it('closes only the socket that begins with garbage', async () => {
    const good = await RawClient.login(gateway.port, 1);
    for (const garbage of ['GET / HTTP/1.1\r\n\r\n', '63\0', 'APIX', '\0\0\0\0']) {
      const client = await RawClient.open(gateway.port);
      client.write(Buffer.from(garbage, 'latin1'));
      await client.whenClosed();
      assert.deepEqual(client.messages, []);
    }
    assert.deepEqual(await good.settle(), []);
  });

  it('closes a connection that does not log in within ten seconds', async () => {
    const silent = await RawClient.open(gateway.port);
    const half = await RawClient.open(gateway.port);
    half.write(hello('v157..178'));
    await half.next();
    const good = await RawClient.login(gateway.port, 1);
    gateway.mono.advanceBy(10_000);
    await silent.whenClosed();
    await half.whenClosed();
    assert.deepEqual(await good.settle(), []);
  });

  it('answers 504 to a request before the login, and a negative client id with 320', async () => {
    const client = await RawClient.open(gateway.port);
    client.write(hello('v157..178'));
    await client.next();
    client.send(61, 1);
    assert.equal((await client.next())[3], '504');
    client.send(71, 2, -5, '');
    assert.equal((await client.next())[3], '320');
    client.send(71, 2, 5, '');
    assert.equal((await client.next())[0], '15');
  });
});
