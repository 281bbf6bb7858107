/**
 * `npm run build`: the program as plain JavaScript in `dist/`, for Node strips no types from what
 * lies under `node_modules`. Modules keep their places to each other, so that what is found from a
 * module is found from its build too; files of the package itself are not copied.
 */

import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuildFacts } from '../../src/cli/build-facts.ts';
import { checkoutRevision } from '../../src/cli/build-facts.ts';
import { ROOT } from './tidy/source.ts';

/** What modules read from beside themselves. */
const READ_BY_MODULES = ['src/**/*.json', 'src/pricing/kernels/*.wasm'];
const COMPILED = ['src', 'machines', 'actors'];

/** Builds into the folder `dist` of `into`, which is the project itself unless a test says so. */
export function buildPackage(into: string = ROOT): void {
  const dist = join(into, 'dist');
  for (const folder of COMPILED) rmSync(join(dist, folder), { recursive: true, force: true });
  run('tsc', ['-p', 'tsconfig.build.json', '--outDir', dist]);
  for (const path of globSync(READ_BY_MODULES, { cwd: ROOT, exclude: ['src/api/web/**'] })) {
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    copyFileSync(join(ROOT, path), join(dist, path));
  }
  writeFileSync(join(dist, 'build.json'), `${JSON.stringify(facts(), null, 2)}\n`);
  run('vite', ['build', 'src/api/web', '--outDir', join(dist, 'web'), '--logLevel', 'warn']);
}

function facts(): BuildFacts {
  const { env } = process;
  // Where sources come without their history, as into an image, whoever builds names the revision.
  const named = env['BIFROST_REVISION'];
  const seconds = Number(env['SOURCE_DATE_EPOCH'] ?? Number.NaN);
  const at = Number.isFinite(seconds) ? new Date(seconds * 1000) : new Date();
  return {
    revision: named === undefined || named === '' ? checkoutRevision(ROOT) : named,
    built_at: at.toISOString().replace(/\.\d+Z$/, 'Z'),
    built_with: `Node ${process.versions.node}, TypeScript ${typescriptVersion()}`,
  };
}

function typescriptVersion(): string {
  const file = join(ROOT, 'node_modules/typescript/package.json');
  return String(JSON.parse(readFileSync(file, 'utf8')).version);
}

function run(command: string, args: readonly string[]): void {
  execFileSync(join(ROOT, 'node_modules/.bin', command), args, { cwd: ROOT, stdio: 'inherit' });
}

if (import.meta.main) buildPackage();
