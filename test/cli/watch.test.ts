import assert from 'node:assert/strict';
import { afterAll, beforeAll, it } from 'vitest';
import type { Api } from '../../src/api/server.ts';
import type { OperationView } from '../../src/protocol/views.ts';
import { FakeEngine, STATUS, startFakeApi } from '../api/fixture.ts';
import { type Program, startBifrost } from '../support/program.ts';

let engine: FakeEngine;
let api: Api;
const programs: Program[] = [];
beforeAll(async () => {
  engine = new FakeEngine();
  api = await startFakeApi(engine);
});
afterAll(async () => {
  for (const program of programs) if (program.running) await program.stop('SIGKILL');
  await api.close();
});

function start(...args: readonly string[]): Program {
  const program = startBifrost([...args, '--url', api.url]);
  programs.push(program);
  return program;
}

function operation(id: number, type: string): OperationView {
  return {
    ...{ id, ts: 1_700_000_000 + id, type, side: 'SELL', quantity: 112, price: 181.37 },
    ...{ state_reason: 'delta_outside_band', symbol: 'NVDA', account: 'DU1' },
    ...{ order_ref: `demo:${id}`, perm_id: null, exec_id: null, commission: null },
  };
}

it('status --watch shows what is now, again and again, with no colour in a pipe', async () => {
  const program = start('status', '--watch', '--interval', '0.1');
  await program.until('it is green', () => (/^lamp +green/m.test(program.out()) ? true : null));
  const alert = { id: 'read_only_api', symbol: 'NVDA', since: 0, text: 'no orders', values: {} };
  engine.status = () => {
    return { ...STATUS, status_lamp: 'red', self_check: 'blocked', alerts: [alert] };
  };
  await program.until('it is red', () => (/^lamp +red/m.test(program.out()) ? true : null));
  assert.match(program.out(), /^alert +read_only_api \(NVDA\): no orders$/m);
  assert(!program.out().includes('\u001b'), 'a sign of a terminal is in the pipe');
  const { signal } = await program.stop('SIGINT');
  assert.equal(signal, 'SIGINT');
});

it('status --watch --json writes a line for each look', async () => {
  const program = start('status', '--watch', '--json', '--interval', '0.1');
  const lines = () => program.out().split('\n').slice(0, -1);
  await program.until('two lines', () => (lines().length >= 2 ? true : null));
  for (const line of lines()) assert.equal(JSON.parse(line).mode, 'simulated');
});

it('operations --follow gives the latest in their order, then each that comes, once', async () => {
  engine.operations = [operation(2, 'order_sent'), operation(1, 'hedge_intent')];
  const program = start('operations', '--follow');
  const types = () => [...program.out().matchAll(/^2023\S+ \S+ +NVDA +(\w+)/gm)].map(([, t]) => t);
  await program.until('the latest', () => (types().length === 2 ? true : null));
  engine.operations = [operation(3, 'fill'), ...engine.operations];
  await program.until('the fill', () => (types().length === 3 ? true : null));
  // A history that begins anew is shown too.
  engine.operations = [operation(1, 'reject')];
  await program.until('the reject', () => (types().length === 4 ? true : null));
  assert.deepEqual(types(), ['hedge_intent', 'order_sent', 'fill', 'reject']);
  const [header, first] = program.out().split('\n');
  assert.match(header ?? '', /^time +book +type +side +quantity +price +reason +order$/);
  assert.equal(header?.indexOf('type'), first?.indexOf('hedge_intent'));
});

it('an interval that is none is refused', async () => {
  const program = start('status', '--watch', '--interval', 'often');
  assert.equal((await program.ended).code, 2);
  assert.match(program.err(), /give seconds from 0\.1 to 3600/);
});
