/** What a build and a package rest on, without building: addresses of modules, files, facts. */

import assert from 'node:assert/strict';
import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { checkoutRevision } from '../src/cli/build-facts.ts';
import { moduleUrl, packageFile } from '../src/package.ts';
import { tempDir } from './support/temp-dir.ts';
import { ROOT } from './support/tidy/source.ts';

const MODULES = globSync('{src,actors,machines}/**/*.ts', {
  cwd: ROOT,
  exclude: ['src/api/web/**', 'src/package.ts'],
});
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('a module that is built', () => {
  const addresses = MODULES.flatMap((path) => {
    const found = textOf(path).matchAll(/(\w*\(?)new URL\(\s*['"`]([^'"`]+)['"`],\s*import\.meta/g);
    return [...found].map(([, before = '', target = '']) => ({ path, before, target }));
  });

  it('finds other modules by an address that the build knows', () => {
    const modules = addresses.filter(({ target }) => target.endsWith('.ts'));
    assert.ok(modules.length >= 8, `${modules.length} addresses`);
    assert.deepEqual(
      modules.filter(({ before }) => before !== 'moduleUrl('),
      [],
    );
  });

  it('finds by its own address only what is built beside it', () => {
    const files = addresses.filter(({ target }) => !target.endsWith('.ts'));
    assert.ok(files.length >= 2);
    for (const { path, target } of files) assert.match(target, /^\.\//, path);
    for (const path of MODULES) {
      const joined = textOf(path).matchAll(/import\.meta\.dirname,\s*'([^']+)'/g);
      for (const [, target = ''] of joined) assert.doesNotMatch(target, /^\.\./, path);
    }
  });

  it('has the name of its source while it runs from it', () => {
    const url = new URL('../src/main.ts', import.meta.url);
    assert.equal(moduleUrl(url).href, url.href);
    assert.equal(packageFile('package.json'), join(ROOT, 'package.json'));
  });
});

describe('the package', () => {
  const manifest = JSON.parse(textOf('package.json'));

  it('has a command that can be executed, and a licence that is there', () => {
    const bin = join(ROOT, manifest.bin.bifrost);
    assert.equal(statSync(bin).mode & 0o111, 0o111);
    assert.match(readFileSync(bin, 'utf8'), /^#!\/bin\/sh\n/);
    assert.equal(manifest.license, 'Apache-2.0');
    assert.match(textOf('LICENSE'), /Apache License\s+Version 2\.0/);
    assert.ok(textOf('CHANGELOG.md').includes(`## ${manifest.version}`));
  });

  it('names only files that there are', () => {
    for (const path of manifest.files as string[]) {
      if (path !== 'dist') assert.ok(globSync(path, { cwd: ROOT }).length > 0, path);
    }
  });

  it('leaves out of a build only what the build does not need', () => {
    const config = JSON.parse(textOf('tsconfig.build.json'));
    assert.deepEqual(config.include, ['src', 'machines', 'actors']);
  });
});

describe('the revision', () => {
  const commit = '0123456789abcdef0123456789abcdef01234567';
  const write = (root: string, path: string, text: string): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  it('is read from a branch, a packed branch, a detached head and a worktree', () => {
    const root = tempDir('revision');
    assert.equal(checkoutRevision(root), null);
    write(root, '.git/HEAD', 'ref: refs/heads/main\n');
    assert.equal(checkoutRevision(root), null);
    write(root, '.git/packed-refs', `# pack-refs\n${commit} refs/heads/main\n`);
    assert.equal(checkoutRevision(root), '0123456789ab');
    write(root, '.git/refs/heads/main', `${commit.replace('0', 'f')}\n`);
    assert.equal(checkoutRevision(root), 'f123456789ab');
    const tree = tempDir('revision-tree');
    write(root, '.git/worktrees/tree/HEAD', 'ref: refs/heads/main\n');
    write(root, '.git/worktrees/tree/commondir', '../..\n');
    write(tree, '.git', `gitdir: ${join(root, '.git/worktrees/tree')}\n`);
    assert.equal(checkoutRevision(tree), 'f123456789ab');
    write(root, '.git/HEAD', `${commit}\n`);
    assert.equal(checkoutRevision(root), '0123456789ab');
  });

  it('of this checkout is known where there is one', () => {
    const known = checkoutRevision(ROOT);
    assert.equal(known !== null, existsSync(join(ROOT, '.git')));
  });
});
