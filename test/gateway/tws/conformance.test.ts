/**
 * Every message that the gateway sends, provoked over a raw socket at each version, and read by
 * a reader that knows the protocol's tables and nothing of the gateway.
 */

import { strict as assert } from 'node:assert';
import { describe, it } from 'vitest';
import type { Field } from '../../../src/gateway/tws/framing.ts';
import { CLIENT, SERVER } from '../../../src/gateway/tws/wire-ids.ts';
import { ACCOUNT, NOW, PUT, SPY } from './support/fake-venue.ts';
import { startGateway, type TestGateway } from './support/gateway.ts';
import { VERSIONS } from './support/layout.ts';
import { RawClient } from './support/raw-client.ts';
import { readStrictly, STRICT_IDS } from './support/strict-reader.ts';

const STOCK = [SPY.conId, 'SPY', 'STK', '', 0, '', '', 'SMART', '', 'USD', '', ''] as const;
const OPTION = [PUT.conId, '', '', '', '', '', '', '', '', '', '', ''] as const;
/** Where layouts change between the versions that clients really have, too. */
const ALL_VERSIONS = [...VERSIONS, 158, 160, 162, 163, 164, 165, 166, 170, 182, 183, 184, 186, 189];
/** Nobody is told of an order that is bound to no client. */
const NEVER_SENT: ReadonlySet<number> = new Set([SERVER.orderBound]);
const SINCE: ReadonlyMap<number, number> = new Map([[SERVER.historicalSchedule, 165]]);

/** A plain order behind its contract, up to its conditions. */
function orderFields(version: number, whatIf: 0 | 1): readonly Field[] {
  return [
    ...['', '', 'BUY', 100, 'LMT', 450, '', 'DAY', '', ACCOUNT, '', 0, 'ref', 1, 0, 0, 0, '', 0],
    ...[0, 0, '', 0, '', '', '', '', '', ...(version < 177 ? [''] : []), '', 0, '', -1],
    ...Array<string>(16).fill(''),
    ...['', '', '', '', 0, '', '', '', '', '', '', '', '', '', '', 0, '', '', 0, 0, '', ''],
    ...[whatIf, '', 0, 0, 0, 0],
  ];
}

async function provoke(gateway: TestGateway, client: RawClient, version: number): Promise<void> {
  const { venue } = gateway;
  const cancelled = version >= 192 ? [4, 2, '', '', ''] : [4, 1, 2, ''];
  const ask: readonly (readonly Field[])[] = [
    [1, 11, 1, ...STOCK, 0, '100,101,104,106,232,236,456', 0, 0, ''],
    [1, 11, 2, ...OPTION, 0, '', 0, 0, ''],
    [1, 11, 3, ...STOCK, 0, '', 1, 0, ''],
    [3, 1, ...STOCK, ...orderFields(version, 0)],
    [3, 2, ...STOCK, ...orderFields(version, 0)],
    [3, 9, ...STOCK, ...orderFields(version, 1)],
    [...cancelled],
    [6, 2, 1, ACCOUNT],
    [61, 1],
    [62, 1, 4, 'All', 'NetLiquidation,AccountType'],
    [74, 1, 5, ACCOUNT, 'M'],
    [76, 1, 6, ACCOUNT, 'M', 0],
    [92, 7, ACCOUNT, ''],
    [94, 8, ACCOUNT, '', PUT.conId],
    [9, 8, 10, ...STOCK, 0, '', '', ...(version >= 176 ? [''] : [])],
    [9, 8, 11, ...OPTION, 0, '', '', ...(version >= 176 ? [''] : [])],
    [78, 12, 'SPY', '', 'STK', SPY.conId],
    [81, 13, 'SP'],
    [91, 26],
    [54, 2, 14, ...OPTION, 2.1, 450, ''],
    [20, 15, ...STOCK, 0, '', '1 min', '1 D', 1, 'TRADES', 1, 1, ''],
    [20, 16, ...STOCK, 0, '', '1 day', '5 D', 1, 'SCHEDULE', 1, 0, ''],
    [87, 17, ...STOCK, 0, 1, 'TRADES', 1],
    ...['TRADES', 'MIDPOINT', 'BID_ASK'].map((what, index) => {
      return [96, 20 + index, ...STOCK, 0, '', '20230803 09:31:00', 2, what, 1, 0, ''];
    }),
    ...['Last', 'AllLast', 'BidAsk', 'MidPoint'].map((what, index) => {
      return [97, 30 + index, ...STOCK, what, 0, 0];
    }),
    [50, 3, 40, ...STOCK, 5, 'TRADES', 1, ''],
    ...[[79, 41], [80], [82], [83, 42, 'SMART'], [85], [104, 43], [8, 1, 1], [17, 1]],
  ];
  for (const fields of ask) client.send(...fields);
  client.send(49, 1);
  await client.take(49);
  venue.fill(7, 1, 449.99);
  venue.setQuote(SPY.conId, { ts: NOW - 60_000, bid: 449.5, halted: true });
  venue.setQuote(SPY.conId, { ts: NOW - 55_000, ask: Number.NaN, last: 449.75 });
  venue.setQuote(PUT.conId, { last: 2.2, bid: Number.NaN, model: null });
  venue.setValue('NetLiquidation', '99000.00');
  for (const fields of [
    [5, 1],
    [16, 1],
    [99, 0],
    [7, 3, 50, 0, '', '', '', '', '', ''],
    [22, 9],
  ]) {
    client.send(...fields);
  }
  client.send(49, 1);
  await client.take(49);
}

describe.each(ALL_VERSIONS)('over a raw socket at version %i', (version) => {
  it('every message is whole, field by field to its last byte', async () => {
    const gateway = await startGateway({ cap: version });
    const client = await RawClient.login(gateway.port, 7, version);
    await provoke(gateway, client, version);
    const seen = new Set<number>();
    // Behind the two fields of the handshake.
    for (const fields of client.messages.slice(1)) {
      const payload = Buffer.from(fields.map((field) => `${field}\0`).join(''));
      seen.add(readStrictly(payload, version));
      const shorter = fields.slice(0, -1).map((field) => `${field}\0`);
      assert.throws(() => readStrictly(Buffer.from(shorter.join('')), version));
      assert.throws(() => readStrictly(Buffer.concat([payload, Buffer.from('0\0')]), version));
    }
    const expected = Object.values(SERVER).filter(
      (id) => !NEVER_SENT.has(id) && version >= (SINCE.get(id) ?? 0),
    );
    assert.deepEqual(
      [...seen].toSorted((a, b) => a - b),
      expected,
    );
    await client.close();
    await gateway.server.close();
  });
});

describe('the strict reader', () => {
  it('has a layout for each message, and for no other', () => {
    const sent = Object.values(SERVER).filter((id) => !NEVER_SENT.has(id));
    assert.deepEqual(STRICT_IDS, sent);
    assert.equal(new Set(Object.values(CLIENT)).size, Object.keys(CLIENT).length);
  });
});
