/**
 * The package as somebody installs it. The short form looks at what npm would pack; with
 * BIFROST_TEST_LONG=1 it is built, packed, unpacked elsewhere, and run there to its first hedge.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { describe, it } from 'vitest';
import { operationsView } from '../../src/protocol/views.ts';
import { readDaemon } from '../../src/store/data-dir.ts';
import { buildPackage } from '../support/build-package.ts';
import { type Program, ROOT, startProgram } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';

const LONG = process.env['BIFROST_TEST_LONG'] === '1';
const npm = (args: readonly string[], cwd: string): string =>
  execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

interface Packed {
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

describe('the package', () => {
  it('holds the command, its configurations and its migrations, and nothing of the workshop', () => {
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const [packed] = JSON.parse(npm(args, ROOT)) as Packed[];
    const files = new Map(packed?.files.map(({ path, mode }) => [path, mode]));
    for (const path of ['LICENSE', 'README.md', 'CHANGELOG.md', 'config/demo.yaml']) {
      assert.ok(files.has(path), path);
    }
    assert.equal((files.get('bin/bifrost') ?? 0) & 0o111, 0o111);
    for (const name of readdirSync(join(ROOT, 'migrations'))) {
      assert.ok(files.has(`migrations/${name}`), name);
    }
    const workshop = [...files.keys()].filter((path) =>
      /^(src|test|actors|machines|data|\.)/.test(path),
    );
    assert.deepEqual(workshop, []);
  });

  it.runIf(LONG)(
    'runs where it was installed, to the first hedge',
    { timeout: 120_000 },
    async () => {
      const dir = tempDir('package');
      const bin = install(dir);
      const { messages } = await publint({ pkgDir: join(dir, 'stage'), pack: false });
      assert.deepEqual(messages, [], 'what others would stumble over');
      const home = tempDir('package-home');
      const env = { BIFROST_DATA_DIR: join(home, 'data'), BIFROST_API_PORT: '0' };
      const version = await answer(bin, ['version', '--json'], env);
      const facts = JSON.parse(version.out());
      assert.match(facts.built_at, /^\d{4}-\d\d-\d\dT/);
      assert.equal(facts.version, manifest().version);

      const checked = await answer(bin, ['check', '--json'], env);
      assert.equal((await checked.ended).code, 0, checked.out());

      const daemon = startProgram(bin, ['run'], env);
      const fills = await daemon.until(
        'the first hedge',
        () => fillsOf(env.BIFROST_DATA_DIR),
        60_000,
      );
      assert.ok(fills > 0);
      assert.equal((await daemon.stop()).code, 0);
    },
  );
});

/** As npm does it without a network: unpacked, with what it depends on beside it and no more. */
function install(dir: string): string {
  const stage = join(dir, 'stage');
  for (const path of [...manifest().files, 'package.json', 'README.md', 'LICENSE']) {
    const [from = path] = path.split('/*');
    if (from === 'dist' || !existsSync(join(ROOT, from))) continue;
    cpSync(join(ROOT, from), join(stage, from), { recursive: true });
  }
  buildPackage(stage);
  const pack = ['pack', '--ignore-scripts', '--pack-destination', dir];
  const name = npm(pack, stage).trim();
  const modules = join(dir, 'elsewhere/node_modules');
  mkdirSync(modules, { recursive: true });
  execFileSync('tar', ['xzf', join(dir, name), '-C', modules]);
  execFileSync('mv', [join(modules, 'package'), join(modules, 'bifrost')]);
  const { dependencies, optionalDependencies } = manifest();
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const from = join(ROOT, 'node_modules', name);
    if (!existsSync(from)) continue;
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(from, join(modules, name));
  }
  mkdirSync(join(modules, '.bin'));
  symlinkSync(join(ROOT, 'node_modules/.bin/node'), join(modules, '.bin/node'));
  symlinkSync('../bifrost/bin/bifrost', join(modules, '.bin/bifrost'));
  return join(modules, '.bin/bifrost');
}

interface Manifest {
  readonly version: string;
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
}

async function answer(bin: string, args: readonly string[], env: Record<string, string>) {
  const program: Program = startProgram(bin, args, env);
  await program.ended;
  return program;
}

/** Null while there is none. */
async function fillsOf(dataDir: string): Promise<number | null> {
  const port = existsSync(dataDir) ? (readDaemon(dataDir)?.port ?? 0) : 0;
  if (port === 0) return null;
  const response = await fetch(`http://127.0.0.1:${port}/operations?type=fill`);
  if (!response.ok) return null;
  const { operations } = operationsView.parse(await response.json());
  return operations.length === 0 ? null : operations.length;
}
