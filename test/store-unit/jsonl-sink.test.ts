import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'vitest';

import type { Fact } from '../../src/protocol/facts.ts';
import { createJsonlHistory } from '../../src/store/jsonl-history.ts';
import { createJsonlSink, type JsonlSink, jsonlFiles } from '../../src/store/jsonl-sink.ts';
import { createShipper } from '../../src/store/shipper.ts';
import { TABLES, type TableName, type TableSpec } from '../../src/store/tables.ts';
import { SAMPLES } from '../support/facts.ts';
import { faultOf } from '../support/fault.ts';
import { silentLog } from '../support/postgres.ts';
import { type JournalWriter, openJournalWriter, operation, shipAll } from '../support/shipping.ts';
import { tempDir } from '../support/temp-dir.ts';

let writer: JournalWriter;
let dir: string;

beforeEach(() => {
  writer = openJournalWriter();
  dir = tempDir('history');
  return () => writer.remove();
});

function shipperTo(sink: JsonlSink, batchRows = 100) {
  const { dir: journalDir, journalId } = writer;
  return createShipper({ sink, journalDir, journalId, batchRows, log: silentLog });
}

const shipped = (batchRows?: number) => shipAll(shipperTo(createJsonlSink(dir), batchRows));

function lines(table: TableName): Record<string, unknown>[] {
  return jsonlFiles(dir, table).flatMap((name) =>
    readFileSync(join(dir, name), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  );
}

function current(table: TableName): Record<string, unknown>[] {
  const { tables } = JSON.parse(readFileSync(join(dir, 'current.json'), 'utf8'));
  return Object.values(tables[table] ?? {});
}

describe('history in files', () => {
  it('is a fact of every kind: what is, and what was', async () => {
    writer.turn(...Object.values(SAMPLES));
    await shipped();
    for (const [name, spec] of Object.entries(TABLES) as [TableName, TableSpec][]) {
      const rows = spec.onSame === 'replace' ? current(name) : lines(name);
      assert.ok(rows.length > 0, name);
      const columns = Object.keys(rows[0] ?? {}).filter((column) => column !== 'id');
      assert.deepEqual(
        columns,
        Object.keys(spec.columns).filter((column) => column !== 'id'),
      );
    }
    assert.deepEqual(jsonlFiles(dir, 'operations'), ['operations-2026-09.jsonl']);
    assert.equal(current('accounts')[0]?.['updated_at'], '2026-09-10T00:26:40.250Z');
  });

  it('has each row once, however often it is begun anew and whatever a crash left', async () => {
    for (let turn = 0; turn < 60; turn += 1) writer.turn(operation(turn), SAMPLES.execution);
    const first = shipperTo(createJsonlSink(dir), 7);
    await first.ship();
    appendFileSync(join(dir, 'operations-2026-09.jsonl'), '{"id":99,"ts":1}\n{"id":100,');
    await shipped(7);
    assert.deepEqual(
      lines('operations').map(({ id, order_ref }) => [id, order_ref]),
      Array.from({ length: 60 }, (_, turn) => [turn + 1, `demo:${turn}`]),
    );
    assert.equal(lines('executions').length, 1);
  });

  it('goes on once a write that failed can be done', async () => {
    for (let turn = 0; turn < 20; turn += 1) writer.turn(operation(turn));
    const sink = createJsonlSink(dir);
    const shipper = shipperTo(sink, 5);
    await shipper.ship();
    const before = readFileSync(join(dir, 'current.json'), 'utf8');
    // Another one ships the rest: what this one knows is outdated.
    await shipped(5);
    assert.notEqual(readFileSync(join(dir, 'current.json'), 'utf8'), before);
    assert.equal(lines('operations').length, 20);
  });

  it('goes on after a disk that refused any step, and has each row once', async () => {
    const sink = createJsonlSink(dir);
    const shipper = shipperTo(sink, 5);
    for (let turn = 0; turn < 20; turn += 1) writer.turn(operation(turn), SAMPLES.execution);
    await shipper.ship();
    // In the way of the state's file, when the lines are written already: they are cut off again.
    const inTheWay = join(dir, 'current.json.new');
    mkdirSync(inTheWay);
    await faultOf('database_unreachable', () => shipper.ship());
    assert.equal(lines('operations').length, 3);
    // Nor can they be cut off where the state cannot be read: that is made up for.
    const state = join(dir, 'current.json');
    renameSync(state, `${state}.away`);
    await faultOf('database_unreachable', () => shipper.ship());
    assert.equal(lines('operations').length, 6);
    await faultOf('data_unreadable', () => shipper.ship());
    renameSync(`${state}.away`, state);
    rmSync(inTheWay, { recursive: true });
    await shipAll(shipper);
    assert.deepEqual(
      lines('operations').map(({ id }) => id),
      Array.from({ length: 20 }, (_, turn) => turn + 1),
    );
    assert.equal(lines('executions').length, 1);
  });

  it('is kept where the file that says what of it counts is missing or damaged', async () => {
    writer.turn(operation(0));
    await shipped();
    const before = lines('operations');
    const state = join(dir, 'current.json');
    for (const breakIt of [() => rmSync(state), () => writeFileSync(state, '{"journals":')]) {
      breakIt();
      await faultOf('data_unreadable', () => shipperTo(createJsonlSink(dir)).ship());
      assert.deepEqual(lines('operations'), before);
    }
  });

  it('keeps whole what cannot become a row, and goes on behind it', async () => {
    writer.turn(operation(0));
    writer.turn({ ...SAMPLES.operation, ts: 1e300 });
    writer.turn({ ...SAMPLES.heartbeat, ts: -1e300 });
    writer.turn(operation(1));
    await shipped();
    assert.equal(lines('operations').length, 2);
    const [name] = readdirSync(dir).filter((each) => each.startsWith('facts_rejected'));
    const rejected = readFileSync(join(dir, name ?? ''), 'utf8')
      .trimEnd()
      .split('\n');
    const [first, second] = rejected.map((line) => JSON.parse(line));
    assert.equal(rejected.length, 2);
    assert.deepEqual([first.id, first.sequence, first.journal_id], [1, 2, writer.journalId]);
    assert.equal(JSON.parse(first.fact).ts, 1e300);
    assert.match(first.error, /ts: 1e\+300 is out of range/);
    assert.match(second.error, /last_ts: -1e\+300 is out of range/);
  });

  it('leaves other files of its folder alone, and what somebody took out stays out', async () => {
    for (let turn = 0; turn < 3; turn += 1) writer.turn(operation(turn));
    await shipped();
    const mine = join(dir, 'filled.jsonl');
    writeFileSync(mine, '{"mine":true}\n');
    const path = join(dir, 'operations-2026-09.jsonl');
    const [, ...rest] = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, rest.join('\n'));
    writer.turn(operation(3));
    await shipped();
    assert.equal(readFileSync(mine, 'utf8'), '{"mine":true}\n');
    assert.deepEqual(
      lines('operations').map(({ id }) => id),
      [2, 3, 4],
    );
  });

  it('is the account’s positions as they are now', async () => {
    const { positions: all, ...one } = SAMPLES.positions;
    const [stock, call] = all;
    assert.ok(stock !== undefined && call !== undefined);
    writer.turn({ ...one, positions: all });
    writer.turn({ ...one, whole: false, positions: [{ ...call, quantity: 0 }] });
    await shipped();
    assert.deepEqual(
      current('account_positions').map((row) => row['contract_key']),
      ['NVDA|STK|||'],
    );
    writer.turn({ ...one, positions: [call] });
    await shipped();
    assert.equal(current('account_positions').length, 1);
  });

  it('is read by pages, newest first, over months', async () => {
    const dated = (turn: number): Fact => ({
      ...SAMPLES.operation,
      ts: Date.UTC(2026, 0, 1 + turn) / 1000,
      type: turn % 2 === 0 ? 'fill' : 'reject',
      orderRef: `demo:${turn}`,
    });
    for (let turn = 0; turn < 60; turn += 1) writer.turn(dated(turn), SAMPLES.transition);
    await shipped();
    assert.equal(jsonlFiles(dir, 'operations').length, 3);
    const history = createJsonlHistory(dir);
    const refs: (string | null)[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await history.operations({
        ...{ limit: 7, type: 'fill' },
        ...(cursor == null ? {} : { cursor }),
      });
      refs.push(...page.operations.map(({ order_ref }) => order_ref));
      cursor = page.next_cursor;
    } while (cursor !== null);
    assert.deepEqual(
      refs,
      Array.from({ length: 30 }, (_, turn) => `demo:${58 - 2 * turn}`),
    );
    assert.equal((await history.transitions('trading:NVDA', 5)).length, 5);
    assert.deepEqual(await history.transitions('none', 5), []);
  });

  it('loses the months that are too old, of what grows and of nothing else', async () => {
    const ts = Date.UTC(2025, 0, 1) / 1000;
    writer.turn({ ...SAMPLES.status, ts }, { ...SAMPLES.operation, ts }, SAMPLES.status);
    await shipped();
    const sink = createJsonlSink(dir);
    const dropped = sink.dropOld(SAMPLES.status.ts, 90);
    assert.deepEqual(dropped, ['status_history-2025-01.jsonl']);
    assert.equal(lines('operations').length, 1);
    assert.equal(lines('status_history').length, 1);
    createJsonlSink(dir);
    assert.equal(lines('status_history').length, 1);
  });
});
