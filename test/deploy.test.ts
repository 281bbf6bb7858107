/** What is shipped to run the program by: units of systemd, an image, and how both are put up. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { describe, it } from 'vitest';
import { parse } from 'yaml';
import { OVERRIDES } from '../src/config/environment.ts';
import { STOP_BUDGET_MS } from '../src/limits.ts';
import { tempDir } from './support/temp-dir.ts';
import { ROOT } from './support/tidy/source.ts';

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const UNITS = readdirSync(join(ROOT, 'deploy/systemd'));

describe('the units of systemd', () => {
  it.each(UNITS)('%s is valid', (name) => {
    const dir = tempDir('units');
    const bin = join(dir, 'bifrost');
    writeFileSync(bin, '#!/bin/sh\n');
    chmodSync(bin, 0o755);
    for (const unit of UNITS) {
      const text = textOf(`deploy/systemd/${unit}`);
      writeFileSync(join(dir, unit), text.replaceAll('/usr/local/bin/bifrost', bin));
    }
    const options = {
      encoding: 'utf8',
      env: { ...process.env, SYSTEMD_UNIT_PATH: `${dir}:` },
    } as const;
    const { error, status, stderr } = spawnSync(
      'systemd-analyze',
      ['verify', join(dir, name)],
      options,
    );
    // Where systemd is not at home, its own judgement is left to machines on which it is.
    if (error !== undefined) return;
    assert.equal(status, 0, stderr);
    assert.equal(stderr.includes(name), false, stderr);
  });

  const service = new Map(
    textOf('deploy/systemd/bifrost.service')
      .split('\n')
      .filter((line) => /^[A-Z]\w+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

  it('stop the daemon alone, and wait longer than it takes', () => {
    assert.equal(service.get('KillMode'), 'mixed');
    assert.ok(Number(service.get('TimeoutStopSec')) * 1000 > 2 * STOP_BUDGET_MS.total);
    // npm and npx die of the signal, and leave the daemon behind.
    assert.equal(service.get('ExecStart'), '/usr/local/bin/bifrost run');
  });

  it('start no daemon again that its operator has to mend, and run as nobody of worth', () => {
    assert.deepEqual(
      [service.get('Restart'), service.get('RestartPreventExitStatus')],
      ['on-failure', '2 3'],
    );
    assert.equal(service.get('User'), 'bifrost');
    assert.equal(service.get('NoNewPrivileges'), 'yes');
  });
});

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

/** Comments taken out, lines put together that a backslash parts. */
function instructions(text: string): readonly Instruction[] {
  const joined = text.replaceAll(/^#.*\n/gm, '').replaceAll(/\\\n\s*/g, '');
  return joined
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({
      word: line.split(' ', 1)[0] ?? '',
      rest: line.slice(line.indexOf(' ') + 1),
    }));
}

const KNOWN =
  'FROM WORKDIR COPY RUN ARG ENV USER VOLUME EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD';

describe('the image', () => {
  const all = instructions(textOf('Dockerfile'));
  const last = all.slice(all.findLastIndex(({ word }) => word === 'FROM'));
  const only = (word: string): string => {
    const found = last.filter((each) => each.word === word);
    assert.equal(found.length, 1, word);
    return found[0]?.rest ?? '';
  };

  it('knows its instructions, names its bases with a version, and has two stages', () => {
    for (const { word } of all) assert.ok(KNOWN.split(' ').includes(word), word);
    const bases = all.filter(({ word }) => word === 'FROM').map(({ rest }) => rest);
    assert.equal(bases.length, 2);
    for (const base of bases) assert.match(base, /^node:24-[a-z]+-slim( AS build)?$/);
  });

  it('copies what there is, past what is left out, and what the package says', () => {
    const ignored = textOf('.dockerignore').trim().split('\n');
    const isIgnored = (path: string): boolean =>
      ignored.some((pattern) => matchesGlob(path, pattern) || path.startsWith(`${pattern}/`));
    const copied: string[] = [];
    for (const { word, rest } of all) {
      if (word !== 'COPY' || rest.startsWith('--from=')) continue;
      for (const from of rest.split(' ').slice(0, -1)) {
        if (from === '.') continue;
        assert.ok(existsSync(join(ROOT, from)) && !isIgnored(from), from);
        copied.push(from);
      }
    }
    const { files } = JSON.parse(textOf('package.json')) as { files: readonly string[] };
    const runs = files.filter((path) => !/^(docs|deploy|dist)/.test(path));
    assert.deepEqual(
      runs.filter((path) => !copied.includes(path)),
      [],
    );
    for (const secret of ['data', '.git', '.tmp']) assert.ok(ignored.includes(secret));
  });

  it('runs as a user, with a health check, and stops as the daemon wants it', () => {
    assert.equal(only('USER'), 'node');
    assert.equal(only('STOPSIGNAL'), 'SIGTERM');
    const check = /CMD (\[.*\])$/.exec(only('HEALTHCHECK'))?.[1] ?? '';
    const [program, flag, script] = JSON.parse(check) as readonly string[];
    assert.deepEqual([program, flag], ['node', '-e']);
    assert.match(script ?? '', /127\.0\.0\.1:8765\/healthz/);
    assert.doesNotThrow(() => new Function(script ?? ''));
    assert.deepEqual(JSON.parse(only('ENTRYPOINT')), ['bifrost']);
    assert.deepEqual(JSON.parse(only('CMD')), ['run']);
    for (const [, name] of only('ENV').matchAll(/(\w+)=/g)) assertKnown(name ?? '');
  });

  it('is put up beside a database, with bounds on what it logs and may do', () => {
    const { services, volumes } = parse(textOf('compose.yaml'));
    const { bifrost, database } = services;
    assert.equal(bifrost.depends_on.database.condition, 'service_healthy');
    assert.ok(database.healthcheck.test.includes('pg_isready'));
    assert.deepEqual([bifrost.read_only, bifrost.cap_drop], [true, ['ALL']]);
    // Published on this host alone: whoever wants more says so.
    for (const port of bifrost.ports) assert.match(port, /^127\.0\.0\.1:/);
    for (const { logging, volumes: used } of [bifrost, database]) {
      assert.deepEqual(Object.keys(logging.options), ['max-size', 'max-file']);
      for (const volume of used as readonly string[]) {
        const name = volume.split(':', 1)[0] ?? '';
        if (!name.startsWith('.')) assert.ok(Object.hasOwn(volumes, name), name);
      }
    }
    for (const name of Object.keys(bifrost.environment)) assertKnown(name);
  });
});

/** A variable that nobody reads is a setting that is not there. */
function assertKnown(name: string): void {
  const others = ['BIFROST_DATA_DIR', 'BIFROST_CONFIG'];
  assert.ok([...OVERRIDES.map(({ variable }) => variable), ...others].includes(name), name);
}

describe('all that is shipped to deploy', () => {
  it('names no machine of its authors', () => {
    for (const path of globSync(['deploy/**/*.*', 'Dockerfile', 'compose.yaml'], { cwd: ROOT })) {
      assert.doesNotMatch(textOf(path), /\/work\/|\/root\//, path);
    }
  });
});
