/** `--json` of every command: which have it, and that what they print is JSON and nothing else. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, it, vi } from 'vitest';
import type { Api } from '../../src/api/server.ts';
import { wholeProgram } from '../../src/cli/program.ts';
import { processStartTime } from '../../src/store/process-identity.ts';
import { FakeEngine, startFakeApi, TOKEN } from '../api/fixture.ts';
import { quietVoyage, writeSession } from '../support/session.ts';
import { tempDir } from '../support/temp-dir.ts';

/** They print no data: they run until they are stopped, ask, or write a text of another kind. */
const WITHOUT_JSON: Readonly<Record<string, string>> = {
  init: 'asks questions, and writes a configuration',
  run: 'runs until it is stopped; its log is JSON where no terminal is',
  gateway: 'runs until it is stopped',
  monitor: 'runs until it is stopped',
  worker: 'runs until it is stopped',
  completion: 'writes a script for the shell',
  'config convert': 'writes YAML',
  'journal dump': 'writes one JSON document a line, or text by --format',
};

/** They need a database, a broker or market data: tests of their own read what they print. */
const PROVEN_ELSEWHERE: Readonly<Record<string, string>> = {
  check: 'test/cli/check.test.ts',
  stats: 'test/cli/stats.test.ts',
  backtest: 'test/acceptance/history.acceptance.ts',
  compare: 'test/acceptance/history.acceptance.ts',
  sweep: 'test/integration/sweep-workers.test.ts',
  'data import': 'test/store-data/data-command.test.ts',
  'data info': 'test/store-data/data-command.test.ts',
  'data record': 'test/integration/data-record.test.ts',
  'db migrate': 'test/store/db-command.test.ts',
  'db status': 'test/store/db-command.test.ts',
  'db stop': 'test/store/db-command.test.ts',
  'db backup': 'test/store/db-command.test.ts',
  'db restore': 'test/store/db-command.test.ts',
};

/** The arguments with which each is run here. */
const RUN: Readonly<Record<string, readonly string[]>> = {
  version: [],
  'config validate': ['config/demo.yaml'],
  'config show': ['config/demo.yaml'],
  'config running': ['DAEMON'],
  status: ['DAEMON'],
  operations: ['DAEMON'],
  explain: ['NVDA', 'DAEMON'],
  machines: ['DAEMON'],
  accounts: ['DAEMON'],
  stop: ['--no-wait', 'DAEMON'],
  suspend: ['DAEMON'],
  resume: ['NVDA', 'DAEMON'],
  flatten: ['NVDA', '--dry-run', 'DAEMON'],
  'hedge-now': ['NVDA', '--dry-run', 'DAEMON'],
  'cancel-all': ['DAEMON'],
  adopt: ['NVDA', '100', '--dry-run', 'DAEMON'],
  legs: ['NVDA', 'DAEMON'],
  'refresh-accounts': ['DAEMON'],
  'retry-ib': ['DAEMON'],
  'manual-resume': ['NVDA', '--reason', 'looked at it', 'DAEMON'],
  replay: ['--verify', 'JOURNAL'],
  'journal verify': ['JOURNAL'],
  'journal backup': ['BACKUP', 'JOURNAL'],
  'alerts test': ['--config', 'config/demo.yaml'],
  price: ['--spot', '100', '--strike', '105', '--years', '0.25', '--vol', '0.2', '--rate', '0.05'],
  iv: ['--spot', '100', '--strike', '105', '--years', '0.25', '--price', '2', '--rate', '0.05'],
  band: ['--csv', 'BAND'],
  vol: ['--csv', 'BARS'],
};

let api: Api;
let program: Command;
beforeAll(async () => {
  api = await startFakeApi(new FakeEngine());
  program = await wholeProgram();
});
afterAll(() => api.close());

/** Each command that does something, by its name as it is typed. */
function leaves(command: Command, path: readonly string[] = []): ReadonlyMap<string, Command> {
  const found = command.commands.flatMap((child) => [...leaves(child, [...path, child.name()])]);
  if (found.length === 0 && path.length > 0) found.push([path.join(' '), command]);
  return new Map(found);
}

function takesJson(command: Command): boolean {
  return command.options.some(({ long }) => long === '--json');
}

describe('--json', () => {
  it('is taken by every command that prints data', () => {
    const without = [...leaves(program)].filter(([, command]) => !takesJson(command));
    assert.deepEqual(without.map(([name]) => name).sort(), Object.keys(WITHOUT_JSON).sort());
  });

  it('is looked at here, or in a test of its own, for each of them', () => {
    const with_ = [...leaves(program)].filter(([, command]) => takesJson(command));
    const looked = [...Object.keys(RUN), ...Object.keys(PROVEN_ELSEWHERE)];
    assert.deepEqual(with_.map(([name]) => name).sort(), looked.sort());
    for (const [name, file] of Object.entries(PROVEN_ELSEWHERE)) {
      const text = readFileSync(file, 'utf8');
      for (const word of ['--json', name.split(' ').at(-1)]) {
        assert.ok(text.includes(`'${word}'`), `${name}: ${file} has no ${word}`);
      }
    }
  });

  it.each(Object.keys(RUN))('%s prints JSON, and nothing else', async (name) => {
    const { out, code } = await run([...name.split(' '), ...inPlace(RUN[name] ?? []), '--json']);
    assert.doesNotThrow(() => JSON.parse(out), `${name} prints\n${out}`);
    assert.notEqual(JSON.parse(out), null);
    assert.equal(code, 0);
    // Whoever reads it is no terminal, and wants no colours.
    assert.ok(!out.includes('\u001b'), out);
  });
});

interface Ran {
  readonly out: string;
  readonly code: number;
}

/** In this process: a process of its own for each would take a minute. */
async function run(args: readonly string[]): Promise<Ran> {
  const written: string[] = [];
  const take = (text: string | Uint8Array): boolean => written.push(String(text)) > 0;
  const outSpy = vi.spyOn(process.stdout, 'write').mockImplementation(take);
  const errSpy = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const codeBefore = process.exitCode;
  process.exitCode = undefined;
  try {
    // Commander keeps the options of the last call: each call has a program of its own.
    const own = await wholeProgram();
    await own.parseAsync([...args], { from: 'user' });
    return { out: written.join(''), code: Number(process.exitCode ?? 0) };
  } finally {
    process.exitCode = codeBefore;
    outSpy.mockRestore();
    errSpy.mockRestore();
  }
}

const BAND = `policy,delta,gamma,S,K,T,r,sigma,cost,risk_aversion,position
fixed_band,0.5,0.02,100,100,0.25,0.05,0.2,0.001,1,1000
`;
const BARS = `open,high,low,close
100,102,99,101
101,103,100,102
102,104,101,103
`;

/** Files and folders of this test in the place of their names. */
function inPlace(args: readonly string[]): readonly string[] {
  return args.flatMap((arg) => {
    if (arg === 'DAEMON') return ['--data-dir', daemonDir()];
    if (arg === 'JOURNAL') return [journalDir()];
    if (arg === 'BACKUP') return [join(tempDir('json-backup'), 'backup')];
    if (arg === 'BAND' || arg === 'BARS') return [written(arg === 'BAND' ? BAND : BARS)];
    return [arg];
  });
}

function written(text: string): string {
  const path = join(tempDir('json-csv'), 'in.csv');
  writeFileSync(path, text);
  return path;
}

function journalDir(): string {
  const dir = tempDir('json-journal');
  writeSession({ dir, world: quietVoyage() });
  return dir;
}

/** Names this very process as the daemon behind the API. */
function daemonDir(): string {
  const dir = tempDir('json');
  const { pid } = process;
  const identity = { pid, start_time: processStartTime(pid), port: api.port };
  writeFileSync(join(dir, 'daemon.json'), JSON.stringify(identity));
  writeFileSync(join(dir, 'api-token'), `${TOKEN}\n`);
  return dir;
}
