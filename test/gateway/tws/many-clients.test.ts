import { strict as assert } from 'node:assert';
import { it } from 'vitest';
import { SPY } from './support/fake-venue.ts';
import { startGateway } from './support/gateway.ts';
import { RawClient } from './support/raw-client.ts';

const CLIENTS = 32;
const LINES = 100;
const QUOTES = 5;
const STOCK = [SPY.conId, 'SPY', 'STK', '', 0, '', '', 'SMART', '', 'USD', '', ''] as const;

it(`${CLIENTS} clients with ${LINES} lines each hear every quote in its order`, async () => {
  const gateway = await startGateway();
  const ids = Array.from({ length: CLIENTS }, (_, index) => index + 1);
  const clients = await Promise.all(ids.map((id) => RawClient.login(gateway.port, id)));
  for (const client of clients) {
    for (let line = 0; line < LINES; line += 1) client.send(1, 11, line, ...STOCK, 0, '', 0, 0, '');
  }
  await Promise.all(clients.map((client) => client.settle()));
  assert.deepEqual(
    gateway.server.sessions().map(({ lines }) => lines),
    ids.map(() => LINES),
  );
  const bids = Array.from({ length: QUOTES }, (_, index) => String(440 + index));
  for (const bid of bids) gateway.venue.setQuote(SPY.conId, { bid: Number(bid) });
  for (const client of clients) {
    const heard = new Map<string, string[]>();
    for (const [id, , line = '', type, price = ''] of await client.settle()) {
      if (id === '1' && type === '1') heard.set(line, [...(heard.get(line) ?? []), price]);
    }
    assert.equal(heard.size, LINES);
    for (const prices of heard.values()) assert.deepEqual(prices, bids);
  }
  await Promise.all(clients.map((client) => client.close()));
  gateway.venue.setQuote(SPY.conId, { bid: 430 });
  await gateway.server.close();
});
