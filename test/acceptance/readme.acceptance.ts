/**
 * The README, followed to the letter in a fresh clone by somebody who has npm and git: every
 * command of its first chapters is run as it stands there, but for ports that may be taken here.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';

import { readDaemon } from '../../src/store/data-dir.ts';
import { isAlive } from '../../src/store/process-identity.ts';
import { waitFor } from '../../src/store/wait.ts';
import { postgresPid } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { mono, ROOT } from '../support/program.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { proves } from './support/proves.ts';

/** All tests take a quarter of an hour; without it they are types, lint and the quick ones. */
const LONG = process.env['BIFROST_TEST_LONG'] === '1';
const TESTS = LONG ? 'npm test' : 'npm run check';
const INSTALL_MS = 300_000;
const COMMAND_MS = LONG ? 1_800_000 : 600_000;
const home = makeTempDir('acceptance-readme');
const clone = join(home, 'bifrost');
const dataDir = join(clone, 'data');
let started: Shell | null = null;

afterAll(async () => {
  started?.kill();
  const daemon = readDaemon(dataDir);
  if (daemon !== null) process.kill(daemon.pid, 'SIGKILL');
  const pid = postgresPid(dataDir);
  if (pid !== null) {
    process.kill(pid, 'SIGQUIT');
    await waitFor(mono, 5000, () => (isAlive(pid) ? null : true));
  }
  rmSync(home, { recursive: true, force: true });
});

interface Shell {
  readonly ended: Promise<number | null>;
  out(): string;
  kill(): void;
}

/** As a login would have it: nothing of the run that runs this. */
function environment(more: Readonly<Record<string, string>>): Record<string, string> {
  const folders = (process.env['PATH'] ?? '').split(':');
  const path = folders.filter((folder) => !folder.includes('node_modules')).join(':');
  return { PATH: path, HOME: process.env['HOME'] ?? home, ...more };
}

function shell(command: string, cwd: string, more: Readonly<Record<string, string>>): Shell {
  const child: ChildProcess = spawn('bash', ['-c', command], {
    cwd,
    env: environment(more),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what npm started ends with it.
    detached: true,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  return {
    ended: new Promise((resolve) => child.once('exit', resolve)),
    out: () => said,
    kill() {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    },
  };
}

async function run(command: string, cwd: string, more = {}, ms = COMMAND_MS): Promise<string> {
  const running = shell(command, cwd, more);
  const timer = mono.setTimer(ms, () => running.kill());
  const code = await running.ended;
  timer.cancel();
  assert.equal(code, 0, `${command}\n${running.out().slice(-3000)}`);
  return running.out();
}

/** The commands of the chapters `Start` and `Try next`, in their order. */
function commandsOf(readme: string): readonly string[] {
  const chapters = readme.slice(
    readme.indexOf('## Start'),
    readme.indexOf('## Your paper account'),
  );
  const indented = [...chapters.matchAll(/^ {4}(\S.*)$/gm)].map(([, line]) => line ?? '');
  const fenced = [...chapters.matchAll(/```sh\n([^`]*)```/g)].flatMap(([, block]) =>
    (block ?? '').split('\n'),
  );
  return [...indented, ...fenced]
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '');
}

async function start(env: Readonly<Record<string, string>>): Promise<void> {
  const running = shell('npm start', clone, env);
  started = running;
  const runs = await waitFor(mono, 60_000, () =>
    running.out().includes('Bifrost runs with') ? true : null,
  );
  assert.equal(runs, true, running.out().slice(-3000));
}

async function fills(): Promise<number> {
  const port = readDaemon(dataDir)?.port;
  const response = await fetch(`http://127.0.0.1:${port}/operations?type=fill&limit=1000`);
  return ((await response.json()) as { operations: readonly unknown[] }).operations.length;
}

async function untilFills(count: number): Promise<void> {
  const filled = await waitFor(
    mono,
    60_000,
    async () => ((await fills()) >= count ? true : null),
    200,
  );
  assert.equal(filled, true, 'it hedges');
}

proves(
  'TC-2-DOC',
  async (evidence) => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const commands = commandsOf(readme);
    assert.deepEqual(commands.slice(0, 2), ['npm ci && npm start', 'npm ci && npm test']);
    assert.ok(commands.length > 12, commands.join('\n'));
    await run(`git clone -q ${ROOT} ${clone}`, home);
    const from = mono.now();
    await run('npm ci --prefer-offline --no-audit --no-fund', clone, {}, INSTALL_MS);
    evidence('npm ci in a fresh clone', `exit 0 after ${seconds(from)} s`);

    const [apiPort, adminPort] = [await freePort(), await freePort()];
    const env = {
      BIFROST_API_PORT: String(apiPort),
      BIFROST_GATEWAY_ADMIN_PORT: String(adminPort),
    };
    const begun = mono.now();
    await start(env);
    await untilFills(1);
    evidence('npm start, until its first hedge is filled', `${seconds(begun)} s`);
    for (const command of commands.slice(2)) {
      const local = command.replaceAll('7498', String(adminPort));
      if (command === 'npm start') {
        started?.kill();
        await start(env);
        await untilFills(1);
      } else {
        const said = await run(local, clone, env, 60_000);
        if (command.startsWith('kill')) {
          const gone = await started?.ended;
          assert.notEqual(gone, 0);
        }
        evidence(command, `exit 0; ${lastLine(said)}`);
      }
    }
    const tested = mono.now();
    const said = await run(TESTS, clone);
    const counts = /\d+ passed, \d+ failed.*/.exec(said)?.[0] ?? '';
    assert.match(counts, / 0 failed/);
    evidence(TESTS, `exit 0 after ${seconds(tested)} s: ${counts}`);
  },
  INSTALL_MS + COMMAND_MS + 300_000,
);

function seconds(from: number): string {
  return ((mono.now() - from) / 1000).toFixed(1);
}

function lastLine(said: string): string {
  return said.trim().split('\n').at(-1) ?? '';
}
