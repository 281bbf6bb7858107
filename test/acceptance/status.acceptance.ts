/** R-M1a, R-M1b, R-M2, R-M3, R-M4a, R-M4b, R-H1, R-M6, R-H2: what a running system says. */

import assert from 'node:assert/strict';
import { beforeAll } from 'vitest';

import { statisticsView } from '../../src/protocol/statistics-view.ts';
import {
  type OperationView,
  operationsView,
  statusRow,
  statusView,
} from '../../src/protocol/views.ts';
import { buildPage, openTab, startBrowser } from '../support/browser.ts';
import { testHome } from '../support/daemon.ts';
import { bifrost } from '../support/program.ts';
import { type Desk, startDesk } from './support/desk.ts';
import { type Evidence, proves } from './support/proves.ts';
import { tourOfStates } from './support/tour-of-states.ts';

const home = testHome('acceptance-status');
const ROW_FIELDS = Object.keys(statusRow.unwrap().shape);
let desk: Desk;

beforeAll(async () => {
  // A daemon serves the page that it finds when it starts.
  await buildPage();
  // Quotes fall silent for longer than they may, and the connection still counts as one.
  desk = await startDesk(home, { heartbeat_s: 30 });
  await desk.calm();
  // Rows reach the database a moment after the fact.
  await desk.daemon().until('its first rows are there', async () => {
    const [row] = await desk.query<{ count: string }>(
      `select count(*) from daemon_heartbeat, status_current where trading_state = 'NO_TRADE'`,
    );
    return row?.count === '1' ? true : null;
  });
});

type Row = Readonly<Record<string, unknown>>;

async function currentRow(): Promise<Row> {
  const [row] = await desk.query<Row>('select * from status_current where id = 1');
  assert(row !== undefined, 'there is a row');
  return row;
}

async function operations(path = 'limit=1000'): Promise<readonly OperationView[]> {
  return operationsView.parse(await desk.monitor.get(`/operations?${path}`)).operations;
}

proves('TC-1-R-M1a-1', async (evidence) => {
  await desk.calm();
  const beat = async () => {
    const [row] = await desk.query<{ last_ts: Date; age: number }>(
      'select last_ts, extract(epoch from now() - last_ts)::float8 as age from daemon_heartbeat',
    );
    assert(row !== undefined);
    const { ts } = await currentRow();
    return { at: row.last_ts.getTime(), age_s: row.age, ts: Number(ts) };
  };
  const first = await beat();
  for (let count = 0, last = first; count < 2; count += 1) {
    last = await desk.daemon().until('the next heartbeat is written', async () => {
      const now = await beat();
      return now.at > last.at && now.ts > last.ts ? now : null;
    });
    assert.ok(last.age_s < 2, `the row is ${last.age_s} s old when it is seen`);
    evidence(`heartbeat ${count + 1}, status_current.ts`, last);
  }
});

proves('TC-1-R-M1a-2', async (evidence) => {
  await desk.calm();
  const [row] = await desk.query<{ daemon_state: string; trading_state: string; age: number }>(
    `select daemon_state, trading_state, ts, extract(epoch from now())::float8 - ts as age
     from status_current`,
  );
  assert(row !== undefined);
  assert.equal(row.daemon_state, 'running');
  assert.ok(row.age < 10, `it is ${row.age} s old`);
  evidence('select daemon_state, trading_state, ts from status_current', row);
});

proves('TC-1-R-M1a-3', async (evidence) => {
  await desk.calm();
  const row = await currentRow();
  assert.equal(ROW_FIELDS.length, 14);
  const missing = ROW_FIELDS.filter((field) => (row[field] ?? null) === null);
  assert.deepEqual(missing, []);
  assert.match(String(row['config_summary']), /[0-9a-f]{8}/);
  evidence('row', Object.fromEntries(ROW_FIELDS.map((field) => [field, row[field]])));
});

/** A hedge that is turned down, and one that is cancelled while it works. */
async function rejectAndCancel(): Promise<void> {
  const { exchange } = desk.gateway;
  await exchange.fault('reject', { code: 201, count: 1 });
  await desk.move();
  await desk
    .daemon()
    .until('a reject is told', async () =>
      (await operations('type=reject')).length > 0 ? true : null,
    );
  await desk.calm();
  await exchange.fault('partial_fills', { max_size: 1 });
  await desk.move();
  await desk.daemon().untilStatus('a hedge is half-way', ({ books: [book] }) => {
    return book?.hedge_state === 'PARTIAL';
  });
  assert.equal((await desk.daemon().post('/control/suspend')).status, 200);
  await desk
    .daemon()
    .until('a cancel is told', async () =>
      (await operations('type=cancel')).length > 0 ? true : null,
    );
  await exchange.fault('partial_fills', { on: false });
  assert.equal((await desk.daemon().post('/control/resume')).status, 200);
  await desk.calm();
}

const STORY = ['hedge_intent', 'order_sent', 'fill', 'reject', 'cancel'] as const;

proves('TC-1-R-M4a-1', async (evidence) => {
  await desk.calm();
  await rejectAndCancel();
  const counts = await desk.query<{ type: string; count: string }>(
    'select type, count(*) from operations group by type order by type',
  );
  const types = counts.map(({ type }) => type);
  assert.deepEqual(
    STORY.filter((type) => !types.includes(type)),
    [],
  );
  evidence('select type, count(*) from operations group by type', counts);
  evidence('truth check', await desk.truth());
});

proves('TC-1-R-M4a-2', async (evidence) => {
  const rows = await desk.query<Row>(
    `select distinct on (type) * from operations
     where type in ('${STORY.join("', '")}') order by type, id desc`,
  );
  assert.ok(rows.length >= 3, 'several types are there');
  const all = await desk.query<Row>(
    `select * from operations where type in ('${STORY.join("', '")}')`,
  );
  for (const row of all) {
    for (const column of ['ts', 'type', 'side', 'quantity', 'state_reason', 'symbol']) {
      assert.notEqual(row[column] ?? null, null, `${column} of ${JSON.stringify(row)}`);
    }
    if (row['type'] === 'fill') assert.ok(Number(row['price']) > 0, JSON.stringify(row));
  }
  for (const { ts, type, side, quantity, price, state_reason } of rows) {
    evidence(`${type}`, { ts, side, quantity, price, state_reason });
  }
});

proves('TC-1-R-M4a-3', async (evidence) => {
  await desk.calm();
  const { pid } = desk.monitor.program;
  const rows = await operations('type=fill&limit=3');
  assert.ok(rows.length > 0);
  assert.notEqual(pid, desk.daemon().pid);
  evidence(`process ${pid} reads of process ${desk.daemon().pid}`, rows[0]);
});

proves('TC-1-R-H1-1', async (evidence) => {
  await desk.calm();
  const [counts] = await desk.query<{ current: string; history: string }>(
    `select (select count(*) from status_current) as current,
       (select count(*) from status_history) as history,
       (select count(*) from operations) as operations`,
  );
  assert(counts !== undefined);
  assert.equal(Number(counts.current), 1);
  assert.ok(Number(counts.history) > 2, JSON.stringify(counts));
  evidence('rows', counts);
});

async function statistics() {
  const url = desk.databaseUrl;
  const { code, out, err } = await bifrost(['stats', '--json'], { DATABASE_URL: url });
  assert.equal(code, 0, err);
  return statisticsView.parse(JSON.parse(out));
}

proves('TC-1-R-H1-2', async (evidence) => {
  await desk.calm();
  const { totals, from_day, until_day } = await statistics();
  assert.ok(totals.hedges > 0);
  evidence('bifrost stats --json, beside the running daemon', { from_day, until_day, ...totals });
});

proves('TC-2-R-M1b-1', async (evidence) => {
  for (const [who, url] of [
    ['daemon', desk.daemon().url()],
    ['monitor', desk.monitor.url],
  ] as const) {
    const response = await fetch(`${url}/status`);
    const type = response.headers.get('content-type') ?? '';
    assert.equal(response.status, 200);
    assert.match(type, /^application\/json/);
    statusView.parse(await response.json());
    evidence(`GET /status of the ${who}`, `${response.status}, ${type}`);
  }
});

proves('TC-2-R-M1b-2', async (evidence) => {
  const now = await desk.calm();
  const wanted = [
    ...['self_check', 'block_reasons', 'status_lamp', 'status', 'daemon_heartbeat', 'books'],
    ...['accounts', 'trading_suspended', 'ib_config', 'alerts'],
  ];
  assert.deepEqual(
    wanted.filter((field) => !Object.hasOwn(now, field)),
    [],
  );
  assert.deepEqual(Object.keys(now.status ?? {}).toSorted(), ROW_FIELDS.toSorted());
  evidence('daemon_heartbeat', now.daemon_heartbeat);
  evidence('status', now.status);
});

let toured: ReturnType<typeof tourOfStates> | undefined;
/** Once for the cases that look at it from two sides. */
function sights(): ReturnType<typeof tourOfStates> {
  toured ??= tourOfStates(desk);
  return toured;
}

const CHECKS = {
  running: 'ok',
  suspended: 'degraded',
  'stale data': 'blocked',
  'IB down': 'degraded',
  'daemon dead': 'blocked',
};

proves('TC-2-R-M2-1', async (evidence) => {
  for (const { what, self_check, block_reasons } of await sights()) {
    evidence(what, { self_check, block_reasons });
  }
  const seen = (await sights()).map(({ what, self_check }) => [what, self_check]);
  assert.deepEqual(Object.fromEntries(seen), CHECKS);
});

const LAMPS = { ok: 'green', degraded: 'yellow', blocked: 'red' } as const;

proves('TC-2-R-M3-1', async (evidence) => {
  for (const { what, self_check, status_lamp } of await sights()) {
    assert.equal(status_lamp, LAMPS[self_check], what);
    evidence(what, `${self_check}, ${status_lamp}`);
  }
});

proves('TC-2-R-M4b-1', async (evidence) => {
  await desk.calm();
  // Nothing new comes while it is read from several sides.
  assert.equal((await desk.daemon().post('/control/suspend')).status, 200);
  await desk.daemon().untilStatus('no order is under way', ({ books: [book] }) => {
    return ['EXEC_IDLE', 'FILLED'].includes(book?.hedge_state ?? '');
  });
  await desk.truth();
  const all = await operations();
  const ids = all.map(({ id }) => id);
  assert.deepEqual(
    ids,
    ids.toSorted((a, b) => b - a),
    'newest first',
  );
  const idsOf = async (filter: string) => {
    return (await operations(`${filter}&limit=1000`)).map(({ id }) => id);
  };
  const idsWhere = (fits: (row: OperationView) => boolean) => {
    return all.filter(fits).map(({ id }) => id);
  };
  const middle = all[Math.floor(all.length / 2)]?.ts ?? Number.NaN;
  const filters = [
    ['type=fill', ({ type }: OperationView) => type === 'fill'],
    ['symbol=NVDA', ({ symbol }: OperationView) => symbol === 'NVDA'],
    ['symbol=TSLA', () => false],
    [`since_ts=${middle}`, ({ ts }: OperationView) => ts >= middle],
  ] as const;
  for (const [filter, fits] of filters) {
    const found = await idsOf(filter);
    assert.deepEqual(found, idsWhere(fits), filter);
    evidence(filter, `${found.length} of ${all.length} rows`);
  }
  const until = await operations(`until_ts=${middle}&limit=1000`);
  assert.ok(until.length > 0 && until.every(({ ts }) => ts <= middle));
  assert.deepEqual(await pages(), ids);
  evidence('pages of 3 by cursor', `${Math.ceil(ids.length / 3)} pages, the same rows`);
  assert.equal((await desk.daemon().post('/control/resume')).status, 200);
});

async function pages(): Promise<readonly number[]> {
  const walked: number[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const path: string = `/operations?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const page = operationsView.parse(await desk.monitor.get(path));
    walked.push(...page.operations.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  return walked;
}

proves('TC-2-R-M4b-2', async (evidence) => {
  await desk.calm();
  const [fill] = await operations('type=fill&limit=1');
  assert(fill !== undefined);
  const empty = Object.entries(fill).filter(
    ([name, value]) => value === null && name !== 'commission',
  );
  assert.deepEqual(empty, []);
  evidence('GET /operations?type=fill&limit=1', fill);
});

proves('TC-3-R-M6-1', async (evidence) => {
  await desk.calm();
  const { spot, bid, ask } = await desk.daemon().until('the row has prices', async () => {
    const row = await currentRow();
    return (row['bid'] ?? null) === null ? null : row;
  });
  assert.ok(Number(bid) > 0 && Number(bid) < Number(ask));
  assert.ok(Math.abs(Number(spot) - (Number(bid) + Number(ask)) / 2) < 0.01);
  evidence('select spot, bid, ask from status_current', { spot, bid, ask });
});

proves('TC-3-R-M6-2', async (evidence) => {
  await desk.calm();
  await desk.gateway.exchange.move('NVDA', 1);
  const first = (await desk.daemon().status()).status?.spot ?? 0;
  const { status } = await desk.daemon().untilStatus('spot moves', (now) => {
    return (now.status?.spot ?? first) !== first;
  });
  evidence('GET /status: spot, then', [first, status?.spot]);
});

proves('TC-3-R-M6-3', async (evidence) => {
  await desk.calm();
  await showsInstruments(evidence);
});

async function showsInstruments(evidence: Evidence): Promise<void> {
  const browser = await startBrowser();
  const { page, complaints, close } = await openTab(browser, `${desk.daemon().url()}/#/accounts`);
  try {
    const rows = page.getByRole('group', { name: /^Positions DU/ }).locator('tbody tr');
    await rows.first().waitFor();
    const texts = (await rows.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim());
    assert.equal(texts.length, 3, texts.join('; '));
    const amount = '[+−]?[\\d,]+\\.\\d+';
    for (const text of texts) {
      const isOption = /call|put/.test(text);
      const moneyness = isOption ? ' [+−]\\d+\\.\\d\\d (in|out of) the money' : '';
      const each = isOption ? 'a contract' : 'a share';
      const pattern = `[+−][\\d,]+ ${amount} ${each} ${amount} ${amount}${moneyness}`;
      assert.match(text, new RegExp(pattern));
      evidence(`row of the page in Chromium ${browser.version()}`, text);
    }
    assert.equal(texts.filter((text) => /call|put/.test(text)).length, 2);
    assert.deepEqual(complaints, []);
  } finally {
    await close();
    await browser.close();
  }
}

proves('TC-3-R-H2-1', async (evidence) => {
  await desk.calm();
  const { code } = await desk.daemon().stop();
  assert.equal(code, 0, desk.daemon().err().slice(-2000));
  const { per_day: days, per_week: weeks, totals } = await statistics();
  assert.ok(days.length > 0 && weeks.length > 0 && totals.hedges > 0);
  assert.ok(days.some(({ pnl }) => pnl !== null));
  evidence('by day, the daemon off', days.at(-1));
  evidence('by week', weeks.at(-1));
});
