/** The style's rules that a program can check, over every module there is; and that they check. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, it } from 'vitest';
import { bannedCallFindings } from './support/tidy/calls.ts';
import { EXCEPTIONS } from './support/tidy/exceptions.ts';
import {
  describeFinding,
  type Exception,
  type Finding,
  sortFindings,
} from './support/tidy/finding.ts';
import {
  barrelFindings,
  computedFindings,
  cycleFindings,
  directionFindings,
  packageFindings,
} from './support/tidy/imports.ts';
import { unreachedFindings } from './support/tidy/reached.ts';
import {
  exportCommentFindings,
  fileSizeFindings,
  functionSizeFindings,
  openingFindings,
  widthFindings,
} from './support/tidy/shape.ts';
import { listSources, parseSource, ROOT, readSource, type Source } from './support/tidy/source.ts';
import { mayBeUncommented } from './support/tidy/uncommented.ts';

type ModuleRule = (source: Source) => readonly Finding[];

const MODULE_RULES: readonly ModuleRule[] = [
  directionFindings,
  packageFindings,
  computedFindings,
  barrelFindings,
  bannedCallFindings,
  (source) => widthFindings(source.path, source.text),
  fileSizeFindings,
  functionSizeFindings,
  openingFindings,
];

/** Far below what there is, far above what a checker sees that looks at the wrong folder. */
const REFERENCES_MIN = 1500;

describe('every module', () => {
  let sources: readonly Source[] = [];
  beforeAll(() => {
    sources = listSources().map(readSource);
    // A thousand files are parsed; on a busy machine that takes its time.
  }, 60_000);

  const refused = (findings: readonly Finding[], exceptions: readonly Exception[] = []): void => {
    const { open, unused } = sortFindings(findings, exceptions);
    assert.deepEqual(open.map(describeFinding), []);
    assert.deepEqual(unused, []);
  };

  it('is looked at: each tracked file, and all it imports', () => {
    const seen = new Set(sources.map(({ path }) => path));
    const tracked = trackedSources();
    assert.deepEqual(
      tracked.filter((path) => !seen.has(path)),
      [],
    );
    assert.ok(tracked.length > 300, `${tracked.length} files are tracked`);
    const references = sources.flatMap((source) => source.references);
    assert.ok(references.length > REFERENCES_MIN, `${references.length} imports`);
    const named = references.filter(({ target }) => target?.endsWith('.ts') ?? false);
    const missing = named.filter(({ target, kind }) => kind !== 'url' && !seen.has(target ?? ''));
    assert.deepEqual(missing, []);
  });

  it('keeps to the layout, its homes, its bounds and its clocks', () => {
    const findings = sources.flatMap((source) => MODULE_RULES.flatMap((rule) => rule(source)));
    const allowed = EXCEPTIONS.filter(({ rule }) => rule !== 'cycle' && rule !== 'unreached');
    refused(findings, allowed);
  });

  it('is part of no cycle', () => {
    const allowed = EXCEPTIONS.filter(({ rule }) => rule === 'cycle');
    refused(cycleFindings(sources), allowed);
  });

  it('is used by a program, not only by its test', () => {
    const allowed = EXCEPTIONS.filter(({ rule }) => rule === 'unreached');
    refused(unreachedFindings(sources), allowed);
  });

  it('says what its exported functions promise', () => {
    const findings = sources.flatMap(exportCommentFindings);
    const name = ({ text }: Finding): string => text.split(' ', 1)[0] ?? '';
    refused(findings.filter((finding) => !mayBeUncommented(finding.path, name(finding))));
  });
});

describe('every migration and configuration file', () => {
  it('keeps to a hundred columns', () => {
    const paths = globSync(['migrations/*.sql', 'config/**/*.yaml'], { cwd: ROOT });
    assert.ok(paths.length >= 5);
    const findings = paths.flatMap((path) =>
      widthFindings(path, readFileSync(join(ROOT, path), 'utf8')),
    );
    assert.deepEqual(findings.map(describeFinding), []);
  });
});

interface Planted {
  readonly path: string;
  readonly text: string;
}

const found = (rule: ModuleRule, { path, text }: Planted): readonly string[] =>
  rule(parseSource(path, text)).map((finding) => finding.text);

describe('the import rule', () => {
  const forbidden: readonly Planted[] = [
    { path: 'src/domain/a.ts', text: `import { x } from '../pricing/b.ts';` },
    { path: 'src/domain/a.ts', text: `import type { X } from '../runtime/b.ts';` },
    { path: 'src/domain/a.ts', text: `let x: import('../protocol/b.ts').X;` },
    { path: 'src/runtime/a.ts', text: `const x = await import('../domain/b.ts');` },
    { path: 'src/protocol/a.ts', text: `import {\n  x,\n} from '../gateway/b.ts';` },
    { path: 'src/limits.ts', text: `import { x } from './domain/b.ts';` },
    { path: 'machines/a.ts', text: `import { x } from '../src/runtime/b.ts';` },
    { path: 'src/store/a.ts', text: `new URL('../../actors/b.ts', import.meta.url);` },
    { path: 'src/store/a.ts', text: `import.meta.resolve('../api/b.ts');` },
    { path: 'src/gateway/a.ts', text: `new URL(\`../../actors/\${n}.ts\`, import.meta.url);` },
    { path: 'actors/book.ts', text: `import { x } from './broker.ts';` },
    { path: 'actors/book/a.ts', text: `export type { X } from '../daemon/state.ts';` },
    { path: 'src/api/a.ts', text: `import type { X } from '../engine/b.ts';` },
    { path: 'src/api/a.ts', text: `import { x } from '../../actors/b.ts';` },
    { path: 'src/api/web/a.tsx', text: `import { x } from '../routes.ts';` },
    { path: 'src/engine/a.ts', text: `import { x } from '../config/b.ts';` },
    { path: 'src/nowhere/a.ts', text: 'export const x = 1;' },
  ];
  it.each(forbidden)('finds $path: $text', (planted) => {
    assert.equal(found(directionFindings, planted).length, 1);
  });

  const allowed: readonly Planted[] = [
    { path: 'src/domain/a.ts', text: `import { x } from '../fault.ts';` },
    { path: 'src/domain/a.ts', text: `// import { x } from '../runtime/b.ts';` },
    { path: 'src/domain/a.ts', text: `const x = "import '../runtime/b.ts'";` },
    { path: 'actors/book.ts', text: `import { x } from './book/a.ts';` },
    { path: 'actors/book/a.ts', text: `import { x } from './b.ts';` },
    { path: 'src/engine/a.ts', text: `new URL(\`../../actors/\${n}.ts\`, import.meta.url);` },
    { path: 'src/cli/a.ts', text: `import { x } from '../config/b.ts';` },
  ];
  it.each(allowed)('passes $path: $text', (planted) => {
    assert.deepEqual(found(directionFindings, planted), []);
  });

  it('finds a cycle, also one of types, and no worker that is named by its URL', () => {
    const cycle = [
      parseSource('src/domain/a.ts', `import { b } from './b.ts';`),
      parseSource('src/domain/b.ts', `import type { C } from './c.ts';`),
      parseSource('src/domain/c.ts', `export const a = await import('./a.ts');`),
      parseSource('src/domain/d.ts', `new URL('./d.ts', import.meta.url);`),
    ];
    const [only, ...others] = cycleFindings(cycle).map(({ text }) => text);
    assert.equal(only, 'src/domain/a.ts → src/domain/b.ts → src/domain/c.ts → src/domain/a.ts');
    assert.deepEqual(others, []);
  });

  it('finds a module that only a test imports, and those that it imports itself', () => {
    const sources = [
      parseSource('src/main.ts', `import { a } from './domain/a.ts';`),
      parseSource('src/domain/a.ts', 'export const a = 1;'),
      parseSource('src/domain/b.ts', `import { c } from './c.ts';`),
      parseSource('src/domain/c.ts', 'export const c = 1;'),
      parseSource('test/domain/b.test.ts', `import { b } from '../../src/domain/b.ts';`),
    ];
    const unreached = unreachedFindings(sources).map(({ path }) => path);
    assert.deepEqual(unreached, ['src/domain/b.ts', 'src/domain/c.ts']);
  });

  it('finds barrels', () => {
    const texts = [`export * from './b.ts';`, `export { x } from './b.ts';`];
    for (const text of texts) {
      assert.notEqual(found(barrelFindings, { path: 'src/domain/a.ts', text }).length, 0);
    }
    assert.equal(found(barrelFindings, { path: 'src/domain/index.ts', text: '' }).length, 1);
  });

  it('finds packages and modules of the platform away from home', () => {
    const texts = [
      `import pg from 'pg';`,
      `import { z } from 'zod/v4';`,
      `import type { Actor } from 'xstate';`,
      `const koa = await import('koa');`,
      `import leftPad from 'left-pad';`,
      `import { readFileSync } from 'node:fs';`,
      `import { setTimeout } from 'node:timers/promises';`,
      `import { Worker } from 'node:worker_threads';`,
    ];
    for (const text of texts) {
      assert.equal(found(packageFindings, { path: 'src/domain/a.ts', text }).length, 1, text);
    }
    const home = { path: 'src/store/a.ts', text: `import pg from 'pg';` };
    assert.deepEqual(found(packageFindings, home), []);
  });

  it('finds a module whose name is computed', () => {
    const planted = { path: 'src/store/a.ts', text: 'await import(name);' };
    assert.equal(found(computedFindings, planted).length, 1);
  });
});

describe('the rule of clocks', () => {
  const banned = [
    'const t = Date.now();',
    'const t = new Date();',
    'const t = Date();',
    'const now = Date.now;',
    `const t = Date['now']();`,
    'const { now } = Date;',
    'const t = performance.now();',
    'const t = globalThis.performance.now();',
    'const r = Math.random();',
    'const t = process.hrtime.bigint();',
    'setTimeout(f, 1);',
    'globalThis.setInterval(f, 1);',
    'const later = setImmediate;',
    'queueMicrotask(f);',
    'crypto.randomUUID();',
  ];
  it.each(banned)('finds %s', (text) => {
    assert.notEqual(found(bannedCallFindings, { path: 'actors/a.ts', text }).length, 0);
  });

  const free = [
    'const d = new Date(ts);',
    'clock.setTimeout(f, 1);',
    'const timers = { setTimeout: 1 };',
    '// Date.now()',
    `const text = 'Math.random()';`,
    'Date.parse(text);',
  ];
  it.each(free)('passes %s', (text) => {
    assert.deepEqual(found(bannedCallFindings, { path: 'actors/a.ts', text }), []);
  });

  it('leaves the runtime, the page and tests alone', () => {
    for (const path of ['src/runtime/a.ts', 'src/api/web/a.ts', 'test/a.ts']) {
      assert.deepEqual(found(bannedCallFindings, { path, text: 'Date.now();' }), []);
    }
  });
});

describe('the rules of shape', () => {
  const lines = (count: number): string => '  f();\n'.repeat(count);

  it('measure to the edge', () => {
    assert.equal(widthFindings('a.ts', 'é'.repeat(100)).length, 0);
    assert.equal(widthFindings('a.ts', `\n${'é'.repeat(101)}`)[0]?.line, 2);
    const file = (count: number) => ({ path: 'src/a.ts', text: lines(count) });
    assert.deepEqual(found(fileSizeFindings, file(400)), []);
    assert.deepEqual(found(fileSizeFindings, file(401)), ['401 lines']);
  });

  it('find long functions of every kind, by name', () => {
    const kinds = [
      (body: string) => `function long() {\n${body}}`,
      (body: string) => `const long = () => {\n${body}};`,
      (body: string) => `class A {\n  long() {\n${body}}\n}`,
      (body: string) => `const a = {\n  long: async function () {\n${body}} };`,
    ];
    for (const kind of kinds) {
      const path = 'src/store/a.ts';
      assert.deepEqual(found(functionSizeFindings, { path, text: kind(lines(68)) }), []);
      const [finding] = found(functionSizeFindings, { path, text: kind(lines(69)) });
      assert.equal(finding, 'long: 71 lines');
    }
  });

  it('find a module that opens without saying why it exists', () => {
    const silent = [`import 'a';\n/** Says it too late. */`, 'f();', '/** */\nf();', '/* TODO */'];
    for (const text of silent) {
      assert.equal(found(openingFindings, { path: 'src/store/a.ts', text }).length, 1, text);
    }
    const text = '#!/bin/sh\n/** Why it is here. */\nf();';
    assert.deepEqual(found(openingFindings, { path: 'src/main.ts', text }), []);
  });

  it('find exported functions that promise nothing', () => {
    const silent = [
      'export function f() {}',
      'export const f = () => 1;',
      '/* Not for readers. */\nexport function f() {}',
      '/** Of the constant. */\nconst a = 1;\nexport async function f() {}',
    ];
    for (const text of silent) {
      const planted = { path: 'src/store/a.ts', text };
      assert.deepEqual(found(exportCommentFindings, planted), ['f promises nothing'], text);
    }
    const text = '/** Returns one. */\nexport const f = () => 1;\nexport const b = 2;\nf();';
    assert.deepEqual(found(exportCommentFindings, { path: 'src/store/a.ts', text }), []);
  });
});

describe('exceptions', () => {
  const finding: Finding = { rule: 'width', path: 'a.ts', line: 1, text: '101 columns' };

  it('allow what they name, and are told apart when they allow nothing', () => {
    const used: Exception = { rule: 'width', path: 'a.ts', about: '101', reason: 'a reason' };
    const unused: Exception = { rule: 'width', path: 'b.ts', reason: 'a reason' };
    assert.deepEqual(sortFindings([finding], [used, unused]), { open: [], unused: [unused] });
    const other = { ...used, about: '102' };
    assert.deepEqual(sortFindings([finding], [other]), { open: [finding], unused: [other] });
  });

  it('have a reason each', () => {
    for (const { path, reason } of EXCEPTIONS) assert.ok(reason.length > 20, path);
  });
});

/** By git where this is a checkout; else by what the folders hold. */
function trackedSources(): readonly string[] {
  const extensions = /\.tsx?$/;
  try {
    const listed = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' });
    const files = listed.split('\0').filter((path) => extensions.test(path));
    return files.filter((path) => globSync(path, { cwd: ROOT }).length > 0);
  } catch {
    const everywhere = globSync('**/*.{ts,tsx}', {
      cwd: ROOT,
      exclude: (path) => /^(node_modules|dist|data|\.)/.test(path),
    });
    return everywhere;
  }
}
