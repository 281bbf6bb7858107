import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'vitest';
import type { Api } from '../../src/api/server.ts';
import { bookCourseView, orderStoryView } from '../../src/protocol/story-view.ts';
import { noStatistics } from '../../src/store/no-statistics.ts';
import { faultOf } from '../support/fault.ts';
import { ask, FakeEngine, startFakeApi } from './fixture.ts';

let api: Api;

beforeEach(async () => {
  api = await startFakeApi(new FakeEngine());
});
afterEach(() => api.close());

const statusOf = async (path: string): Promise<number> => (await ask(api, path)).status;

describe('the story of an order', () => {
  it('is given by the name that its operations carry', async () => {
    const { status, body } = await ask(api, '/orders/demo:ab12:7');
    assert.equal(status, 200);
    assert.equal(orderStoryView.parse(body).order_ref, 'demo:ab12:7');
    assert.equal((await ask(api, '/orders/demo%3Aab12%3A7')).body['order_ref'], 'demo:ab12:7');
  });

  it('of what can be no name is refused', async () => {
    for (const name of ['a%20b', '%00', 'a%2Fb', `a${'b'.repeat(100)}`]) {
      assert.equal(await statusOf(`/orders/${name}`), 400, name);
    }
  });
});

describe('the course of a book', () => {
  it('is given for as long as is asked for', async () => {
    const { status, body } = await ask(api, '/course/nvda?minutes=10080&points=1000');
    assert.equal(status, 200);
    assert.equal(bookCourseView.parse(body).symbol, 'NVDA');
  });

  it('is bounded in time and in points', async () => {
    for (const query of ['minutes=0', 'minutes=10081', 'points=9', 'points=1001', 'minutes=x']) {
      assert.equal(await statusOf(`/course/NVDA?${query}`), 400, query);
    }
  });

  it('is told a few times at once, and then after a while', async () => {
    const statuses: number[] = [];
    for (let round = 0; round < 12; round += 1) statuses.push(await statusOf('/course/NVDA'));
    assert.deepEqual(statuses.slice(0, 10), Array(10).fill(200));
    assert.ok(statuses.includes(429), statuses.join(' '));
  });
});

describe('a history in no database', () => {
  it('says what it cannot tell, and what would help', async () => {
    const reads = noStatistics();
    const { message } = await faultOf('conflict', () => reads.order('demo:ab12:7'));
    assert.match(message, /^the story of an order is read from a database/);
    const other = await faultOf('conflict', () => reads.course('NVDA', { minutes: 1, points: 10 }));
    assert.match(other.message, /^the course of a book is read from a database/);
  });
});
