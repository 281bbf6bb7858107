/**
 * A desk with a shell, as a reader of the pages has one: `bifrost` and `npx` are on the path, ports
 * and folders that a page names are its own, and what a command starts to run on goes on behind
 * the next ones. Everything else is typed as it stands.
 */

import assert from 'node:assert/strict';
import { chmodSync, globSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { endLeftovers } from '../../support/daemon.ts';
import { freePort } from '../../support/free-port.ts';
import { mono, type Program, ROOT, startProgram } from '../../support/program.ts';
import { makeTempDir } from '../../support/temp-dir.ts';

const COMMAND_MS = 90_000;
const START_MS = 60_000;
const PATIENCE_MS = 30_000;
/** Commands that go on, and what they say when they serve. */
const GOES_ON: readonly (readonly [command: RegExp, says: RegExp])[] = [
  [/^bifrost run\b/, /Bifrost (runs|stands by) with/],
  [/^bifrost gateway\b/, /simulated gateway on/],
  [/^bifrost monitor\b/, /http:\/\/127\.0\.0\.1/],
  [/^bifrost worker\b/, /\S/],
  [/^bifrost operations --follow\b/, /\S/],
];

export interface Desk {
  readonly dir: string;
  /** Where TWS is for its configurations. */
  readonly twsPort: number;
  /** Words of a page, and what stands for them here, made when it is first needed. */
  readonly local: Map<string, string | (() => Promise<string>)>;
  /** Types a line; resolves when it has ended as it should, or serves. */
  type(line: string, how?: Typing): Promise<void>;
  write(path: string, text: string): void;
  /** Ends all that still runs, database servers too, and removes the folder. */
  leave(): Promise<void>;
}

interface Typing {
  /** What it has to end with. */
  readonly status?: number;
  /** Typed again for a while, until it ends so. */
  readonly patient?: boolean;
}

export async function sitDown(name: string): Promise<Desk> {
  const dir = makeTempDir(name);
  const [twsPort, livePort, adminPort] = [await freePort(), await freePort(), await freePort()];
  const env: Record<string, string> = {
    HOME: dir,
    PATH: `${join(dir, '.bin')}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    BIFROST_API_PORT: '0',
    BIFROST_GATEWAY_ADMIN_PORT: String(adminPort),
  };
  const local: Desk['local'] = new Map<string, string | (() => Promise<string>)>([
    ['npm ci && npm start', 'bifrost run'],
    ['npm start', 'bifrost run'],
    ['npm run simulate --', `node ${join(ROOT, 'test/simulation/main.ts')}`],
    ['npx ', ''],
    ['7497', String(twsPort)],
    ['7496', String(livePort)],
    ['7498', String(adminPort)],
    ['/mnt/backup', join(dir, 'backup')],
  ]);
  layOut(dir);
  const shell = openShell(dir, env);
  return {
    dir,
    twsPort,
    local,
    async type(told, { status = 0, patient = false } = {}) {
      const line = await translated(told, local);
      const [, name, value] = /^export (\w+)=(\S+)$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) {
        env[name] = value;
        return;
      }
      if (await shell.goesOn(line)) return;
      let end = await shell.toItsEnd(line);
      const until = mono.now() + (patient ? PATIENCE_MS : 0);
      while (end.code !== status && mono.now() < until) end = await shell.toItsEnd(line);
      assert.equal(end.code, status, `${told}\n  as: ${line}\n${end.said.slice(-3000)}`);
    },
    write(path, text) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    },
    async leave() {
      await shell.close();
      for (const path of globSync('*/{api-token,postgres}', { cwd: dir })) {
        await endLeftovers(join(dir, dirname(path)));
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Runs lines in the folder, with what the environment then is. */
function openShell(dir: string, env: Readonly<Record<string, string>>) {
  const running: Program[] = [];
  const start = (line: string): Program => {
    const script = `cd '${dir}' && set -e -o pipefail && ${line}`;
    const program = startProgram('bash', ['-c', script], env);
    running.push(program);
    return program;
  };
  return {
    /** True where the line is of a command that goes on: then it serves. */
    async goesOn(line: string): Promise<boolean> {
      const bare = line.replace(/^(?:[A-Z_]+=\S+ )+/, '');
      const [, says] = GOES_ON.find(([command]) => command.test(bare)) ?? [];
      if (says === undefined) return false;
      const program = start(line.replace(bare, `exec ${bare}`));
      await program.until(line, () => serving(program, says), START_MS);
      return true;
    },
    async toItsEnd(line: string): Promise<{ readonly code: number | null; readonly said: string }> {
      const program = start(line);
      const timer = mono.setTimer(COMMAND_MS, () => void program.stop('SIGKILL'));
      const { code } = await program.ended;
      timer.cancel();
      return { code, said: program.out() + program.err() };
    },
    async close(): Promise<void> {
      for (const program of running) if (program.running) await program.stop('SIGKILL');
    },
  };
}

async function translated(line: string, local: Desk['local']): Promise<string> {
  let text = line;
  for (const [word, here] of local) {
    if (!text.includes(word)) continue;
    const value = typeof here === 'string' ? here : await here();
    local.set(word, value);
    text = text.replaceAll(word, value);
  }
  return text;
}

/** The folder looks like a checkout, as far as pages name files of it. */
function layOut(dir: string): void {
  for (const path of ['config', 'deploy']) symlinkSync(join(ROOT, path), join(dir, path));
  mkdirSync(join(dir, '.bin'));
  mkdirSync(join(dir, 'backup'));
  symlinkSync(join(ROOT, 'bin/bifrost'), join(dir, '.bin/bifrost'));
  chmodSync(join(dir, 'backup'), 0o700);
}

function serving(program: Program, says: RegExp): true | null {
  if (says.test(program.out() + program.err())) return true;
  if (program.running) return null;
  throw new Error(`it ended: ${program.out()}${program.err()}`);
}
