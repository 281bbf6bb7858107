import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, it, vi } from 'vitest';
import type { Api } from '../../src/api/server.ts';
import type { OperationView } from '../../src/protocol/views.ts';
import { processStartTime } from '../../src/store/process-identity.ts';
import { FakeEngine, STATUS, startFakeApi, TOKEN } from '../api/fixture.ts';
import { tempDir } from '../support/temp-dir.ts';

// Each test starts processes, and on a busy machine a process takes a second.
vi.setConfig({ testTimeout: 60_000 });

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function bifrost(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      // Whatever happens, nobody is shown a stack.
      assert.doesNotMatch(out + err, /\n {4}at |node:internal/);
      resolve({ code, out, err });
    });
  });
}

let engine: FakeEngine;
let api: Api;
beforeAll(async () => {
  engine = new FakeEngine();
  api = await startFakeApi(engine);
});
afterAll(() => api.close());
beforeEach(() => {
  engine.requests.length = 0;
  engine.queries.length = 0;
  engine.operations = [];
  engine.status = () => STATUS;
  engine.result = { ok: true, status: 202, message: 'done' };
});

/** A data directory that names this very process as the daemon behind `api`. */
function daemonDir(port = api.port): string {
  const dir = tempDir('cli');
  const identity = { pid: process.pid, start_time: processStartTime(process.pid), port };
  writeFileSync(join(dir, 'daemon.json'), JSON.stringify(identity));
  writeFileSync(join(dir, 'api-token'), `${TOKEN}\n`);
  return dir;
}

const onDaemon = (...args: readonly string[]) => bifrost([...args, '--data-dir', daemonDir()]);

describe('reading a daemon', () => {
  it('shows the status, aligned, and as JSON', async () => {
    const { code, out, err } = await onDaemon('status');
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^lamp {7}green \(ok\)$/m);
    assert.match(out, /^heartbeat {2}2023-11-14 22:13:20Z$/m);
    assert.match(out, /^book +trading +hedge +spot +net delta +shares +legs/m);
    assert.match(out, /^NVDA +MONITOR +EXEC_IDLE +123\.456 +-3\.2 +-112 +2 +7 +-12\.5$/m);
    const json = await onDaemon('status', '--json');
    assert.deepEqual(JSON.parse(json.out), structuredClone(STATUS));
  });

  it('shows what each account has and holds', async () => {
    assert.equal((await onDaemon('accounts')).out.trim(), 'no account has been read yet');
    const position = { symbol: 'NVDA', exchange: 'SMART', currency: 'USD', unrealized_pnl: 22.444 };
    const none = { expiry: null, strike: null, right: null, moneyness: null };
    const shares = { ...none, secType: 'STK' } as const;
    const dated = { expiry: '20261012', strike: 180, moneyness: 1.142 };
    const put = { ...dated, secType: 'OPT', right: 'P' } as const;
    engine.status = () => ({
      ...STATUS,
      accounts_fetched_at: 1_700_000_000,
      accounts: [
        {
          account_id: 'DU1',
          summary: { NetLiquidation: '267413.52', Cushion: '1' },
          positions: [
            { ...position, ...shares, position: -8, avgCost: 180.76, price: 177.955 },
            { ...position, ...put, position: 10, avgCost: 798, price: null },
          ],
        },
      ],
    });
    const { code, out } = await onDaemon('accounts');
    assert.equal(code, 0);
    assert.match(out, /^account +DU1\nread +2023-11-14 22:13:20Z\nnet liquidation +267413\.52$/m);
    assert.match(out, /^NVDA +-8 +180\.76 +177\.955 +22\.44 +-$/m);
    assert.match(out, /^NVDA 2026-10-12 180 P +10 +798 +- +22\.44 +1\.14$/m);
    const json = JSON.parse((await onDaemon('accounts', '--json')).out);
    assert.deepEqual(json.accounts, structuredClone(engine.status().accounts));
  });

  it('shows a red status as an answer and not as an error', async () => {
    engine.status = () => assert.fail('a defect');
    const { code, out } = await onDaemon('status');
    assert.equal(code, 0);
    assert.match(out, /red \(blocked, status_read_error\)/);
  });

  it('shows operations, and passes its filters on', async () => {
    assert.match((await onDaemon('operations')).out, /^no operations$/m);
    const fill: OperationView = {
      id: 1,
      ts: 1_700_000_000,
      type: 'fill',
      side: 'SELL',
      quantity: 112,
      price: 123.4567,
      state_reason: 'D2',
      symbol: 'NVDA',
      account: 'DU1',
      order_ref: 'demo:1:7',
      perm_id: 9,
      exec_id: 'e1',
      commission: 0.56,
    };
    engine.operations = [fill];
    const since = '2023-11-14T22:13:20Z';
    const filters = [
      '--symbol',
      'nvda',
      '--type',
      'fill',
      '--since',
      since,
      '--until',
      '1700000001',
    ];
    const { out } = await onDaemon('operations', ...filters, '--limit', '3');
    const cells = ['2023-11-14 22:13:20Z', 'NVDA', 'fill', 'SELL', '112', '123.4567'];
    const why = 'D2 hedge needed';
    assert.deepEqual(out.split('\n')[1]?.split(/ {2,}/), [...cells, why, 'demo:1:7']);
    assert.deepEqual(engine.queries[1], {
      since_ts: 1_700_000_000,
      until_ts: 1_700_000_001,
      symbol: 'NVDA',
      type: 'fill',
      limit: 3,
    });
    const json = await onDaemon('operations', '--json');
    assert.deepEqual(JSON.parse(json.out), { operations: [fill], next_cursor: null });
  });

  it('explains a book', async () => {
    const { out } = await onDaemon('explain', 'nvda');
    assert.match(out, /^why +net delta −3\.2 is inside the band ±10$/m);
    assert.match(out, /^state +in_band +-3\.2 +10 +shares +block$/m);
    assert.equal(JSON.parse((await onDaemon('explain', 'NVDA', '--json')).out).symbol, 'NVDA');
  });

  it('shows machines, one of them, and its diagram', async () => {
    assert.match((await onDaemon('machines')).out, /^daemon +running +\S+ \S+Z +STOP, SUSPEND$/m);
    assert.match((await onDaemon('machines', 'daemon')).out, /^ {2}"attempts": 1$/m);
    const diagram = await onDaemon('machines', 'daemon', '--format', 'mermaid');
    assert.equal(diagram.out, 'stateDiagram-v2\n');
    const json = await onDaemon('machines', 'hedge:NVDA', '--json');
    assert.equal(JSON.parse(json.out).value, 'EXEC_IDLE');
  });
});

describe('steering a daemon', () => {
  it('sends the command with the token of the data directory, as the command line', async () => {
    assert.deepEqual(await onDaemon('suspend', 'NVDA'), { code: 0, out: 'done\n', err: '' });
    await onDaemon('resume');
    await onDaemon('retry-ib');
    const json = await onDaemon('stop', '--no-wait', '--json');
    assert.deepEqual(JSON.parse(json.out), { ok: true, message: 'done' });
    assert.deepEqual(engine.requests, [
      { control: { command: 'suspend', symbol: 'NVDA' }, origin: 'cli' },
      { control: { command: 'resume' }, origin: 'cli' },
      { control: { command: 'retry_ib' }, origin: 'cli' },
      { control: { command: 'stop' }, origin: 'cli' },
    ]);
  });

  it('by URL needs the token in the environment', async () => {
    const env = { BIFROST_DATA_DIR: tempDir('cli-empty') };
    const without = await bifrost(['suspend', '--url', api.url], env);
    assert.equal(without.code, 6);
    assert.match(without.err, /^bifrost: .*token\n {2}→ set BIFROST_API_TOKEN/);
    const withToken = { ...env, BIFROST_API_TOKEN: TOKEN };
    assert.equal((await bifrost(['suspend', '--url', `${api.url}/`], withToken)).code, 0);
  });

  it('that refuses gives its words and status 1', async () => {
    engine.result = { ok: false, status: 409, message: 'not suspended' };
    const refused = await onDaemon('resume');
    assert.deepEqual(refused, { code: 1, out: '', err: 'bifrost: not suspended\n' });
  });

  it('stop waits until the process is gone', async () => {
    const dir = tempDir('cli-stop');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const gone = new Promise((resolve) => child.on('exit', resolve));
    const pid = child.pid ?? 0;
    const identity = { pid, start_time: processStartTime(pid), port: api.port };
    writeFileSync(join(dir, 'daemon.json'), JSON.stringify(identity));
    writeFileSync(join(dir, 'api-token'), TOKEN);
    let alive = true;
    const stopped = bifrost(['stop', '--data-dir', dir]).then((ended) => ({ ended, alive }));
    while (engine.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    child.kill('SIGKILL');
    await gone;
    alive = false;
    const { ended, alive: aliveThen } = await stopped;
    assert.deepEqual([ended.code, aliveThen], [0, false]);
  });
});

describe('failures', () => {
  it('of use are status 2, with what is allowed', async () => {
    const cases: readonly (readonly [args: readonly string[], told: RegExp])[] = [
      [['stauts'], /unknown command 'stauts'[\s\S]*Did you mean one of stats, status\?/],
      [['status', '--jsn'], /unknown option '--jsn'/],
      [['status', 'extra'], /too many arguments/],
      [['explain'], /missing required argument 'symbol'/],
      [['machines', '--format', 'png'], /text, json, mermaid/],
      [['machines', '--format', 'mermaid'], /give its ID/],
      [['operations', '--since', '2023-01-01T00:00'], /unix seconds/],
      [['status', '--url', 'desk'], /no http or https URL/],
      [['operations', '--limit', '0', '--data-dir', daemonDir()], /query\.limit/],
      [['explain', '7', '--data-dir', daemonDir()], /ticker symbol/],
    ];
    const ended = await Promise.all(cases.map(([args]) => bifrost(args)));
    for (const [index, { code, out, err }] of ended.entries()) {
      const [args, told] = cases[index] ?? assert.fail();
      assert.deepEqual([code, out], [2, ''], `${args.join(' ')}: ${err}`);
      assert.match(err, told);
      assert.match(err, /^bifrost: /);
    }
    const nothing = await bifrost([]);
    assert.equal(nothing.code, 2);
    assert.match(nothing.err, /^Usage: bifrost/);
  });

  it('of what is not there are status 1', async () => {
    const book = await onDaemon('explain', 'AMD');
    assert.deepEqual([book.code, book.err], [1, 'bifrost: no book AMD\n']);
    const machine = await onDaemon('machines', 'hedge:AMD', '--format', 'mermaid');
    assert.equal(machine.code, 1);
  });

  it('to find a daemon are status 7', async () => {
    const none = await bifrost(['status', '--data-dir', tempDir('cli-none')]);
    assert.equal(none.code, 7);
    assert.match(none.err, /^bifrost: no daemon runs on .*\n {2}→ start one with `bifrost run`/);

    const starting = await bifrost(['status', '--data-dir', daemonDir(0)]);
    assert.equal(starting.code, 7);
    assert.match(starting.err, /still starting/);

    const closed = await startFakeApi(engine);
    await closed.close();
    const silent = await bifrost(['status', '--url', closed.url]);
    assert.equal(silent.code, 7);
    assert.match(silent.err, /nothing listens there/);

    const dead = tempDir('cli-dead');
    const identity = { pid: process.pid, start_time: 1, port: api.port };
    writeFileSync(join(dead, 'daemon.json'), JSON.stringify(identity));
    assert.equal((await bifrost(['status', '--data-dir', dead])).code, 7);
  });

  it('of another program at the URL are status 7', async () => {
    const other = createServer((_, response) => response.writeHead(500).end('<html>'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, err } = await bifrost(['status', '--url', `http://127.0.0.1:${port}`]);
    assert.equal(code, 7);
    assert.match(err, /is no bifrost/);
    other.close();
  });
});

describe('the configuration', () => {
  it('is validated with status 3 and every problem', async () => {
    const dir = tempDir('cli-config');
    const good = join(dir, 'good.yaml');
    const bad = join(dir, 'bad.yaml');
    writeFileSync(good, 'mode: paper\nbooks: [{ symbol: NVDA }]\n');
    writeFileSync(bad, 'mode: paper\nbooks: [{ symbol: NVDA }]\nbrokr: {}\napi: { port: x }\n');
    const valid = await bifrost(['config', 'validate', good]);
    assert.equal(valid.code, 0);
    assert.match(valid.out, /good\.yaml is valid: mode paper, NVDA, hash [0-9a-f]{12}\n$/);
    const invalid = await bifrost(['config', 'validate', bad]);
    assert.deepEqual([invalid.code, invalid.out], [3, '']);
    assert.match(
      invalid.err,
      /bad\.yaml has 2 problems\n.*bad\.yaml:4: .*\n.*bad\.yaml:3: .*broker/,
    );
    const absent = await bifrost(['config', 'validate'], { BIFROST_CONFIG: join(dir, 'absent') });
    assert.equal(absent.code, 3);
  });

  it('is shown with the source of each value and without its secrets', async () => {
    const env = { IB_HOST: 'gw.example', BIFROST_API_TOKEN: TOKEN };
    const { code, out } = await bifrost(['config', 'show'], env);
    assert.equal(code, 0);
    assert.match(out, /^broker\.host +gw\.example +IB_HOST$/m);
    assert.match(out, /^books\.0\.symbol +NVDA +demo\.yaml:\d+$/m);
    assert.match(out, /^api\.token +\(hidden\) +BIFROST_API_TOKEN$/m);
    const json = JSON.parse((await bifrost(['config', 'show', '--json'], env)).out);
    assert.deepEqual(json.values['broker.host'], { value: 'gw.example', source: 'IB_HOST' });
    assert.deepEqual(json.values['api.token'].value, '(hidden)');
    assert.doesNotMatch(JSON.stringify(json) + out, new RegExp(TOKEN));
  });
});

describe('the program', () => {
  it('says its version, in three ways', async () => {
    const text = await bifrost(['version']);
    assert.match(text.out, /^bifrost \d+\.\d+\.\d+ \(Node 24\./);
    assert.equal((await bifrost(['--version'])).out, text.out);
    assert.equal(
      JSON.parse((await bifrost(['version', '--json'])).out).node,
      process.versions.node,
    );
  });

  it('lists its commands, and describes each of those it reads and steers with', async () => {
    const help = await bifrost(['--help']);
    assert.equal(help.code, 0);
    const names = ['run', 'gateway', 'status', 'operations', 'explain', 'machines', 'stop'];
    const all = [...names, 'suspend', 'resume', 'retry-ib', 'data', 'replay', 'db', 'config'];
    for (const name of all) assert.match(help.out, new RegExp(`^ {2}${name} {2,}`, 'm'));
    for (const name of ['status', 'machines', 'stop', 'config']) {
      const described = await bifrost(['help', name]);
      assert.equal(described.code, 0);
      assert.match(described.out, new RegExp(`^Usage: bifrost ${name} `));
      assert.equal((await bifrost([name, '--help'])).out, described.out);
    }
  });
});
