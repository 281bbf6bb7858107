/** `bifrost journal` and `bifrost replay` on journals that are whole, damaged and none. */

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { bifrost } from '../support/program.ts';
import { quietVoyage, writeSession } from '../support/session.ts';
import { tempDir } from '../support/temp-dir.ts';

interface Line {
  readonly seq: number;
  readonly kind: string;
  readonly on: string;
  readonly trading_ts: number | null;
  readonly body: { readonly legs?: readonly { readonly conId: number }[] };
}

/** A data directory with one session. */
function dataDir(): string {
  const dir = tempDir('journal-command');
  mkdirSync(join(dir, 'journal'));
  writeSession({ dir: join(dir, 'journal'), world: quietVoyage() });
  return dir;
}

function damage(dir: string): void {
  const path = join(dir, 'journal/journal-000001.bin');
  const bytes = readFileSync(path);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

async function dump(dir: string, ...options: readonly string[]): Promise<readonly Line[]> {
  const { code, out, err } = await bifrost(['journal', 'dump', dir, ...options]);
  assert.equal(code, 0, err);
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

describe('bifrost journal verify', () => {
  it('says of a whole journal that it is, in words and as JSON', async () => {
    const dir = dataDir();
    const text = await bifrost(['journal', 'verify', dir]);
    assert.equal(text.code, 0, text.err);
    assert.match(text.out, /^whole +yes$/m);
    const json = await bifrost(['journal', 'verify', join(dir, 'journal'), '--json']);
    const report = JSON.parse(json.out) as { problems: unknown[]; sessions: number };
    assert.deepEqual([report.problems, report.sessions], [[], 1]);
  });

  it('ends with 1 and names the place where it is damaged', async () => {
    const dir = dataDir();
    damage(dir);
    const { code, out, err } = await bifrost(['journal', 'verify', dir]);
    assert.equal(code, 1);
    assert.match(out, /^whole +no$/m);
    assert.match(err, /^bifrost: the journal is not whole: journal-000001.bin: .*\n {2}→ /);
  });

  it('and replay end with 1 where there is no journal', async () => {
    const dir = tempDir('journal-command');
    for (const command of [['journal', 'verify'], ['journal', 'dump'], ['replay']]) {
      const { code, err } = await bifrost([...command, dir]);
      assert.equal(code, 1);
      assert.match(err, /^bifrost: there is no journal in .*\n {2}→ name a data directory/);
    }
  });
});

describe('bifrost replay', () => {
  it('says nothing of a journal without a record but that it has none', async () => {
    const dir = dataDir();
    writeFileSync(join(dir, 'journal/journal-000001.bin'), '');
    const { code, out, err } = await bifrost(['replay', dir, '--verify']);
    assert.equal(code, 1);
    assert.equal(out, '');
    assert.match(err, /^bifrost: the journal in .* holds no record to check$/m);
  });

  it('takes a copy of the journal, whatever its folder is called', async () => {
    const dir = dataDir();
    const copy = join(dir, 'copy');
    renameSync(join(dir, 'journal'), copy);
    for (const command of [
      ['journal', 'verify'],
      ['replay', '--verify'],
    ]) {
      const { code, err } = await bifrost([...command, copy]);
      assert.equal(code, 0, err);
    }
  });
});

describe('bifrost journal dump', () => {
  it('writes a line for each record, journal and tape in one order', async () => {
    const lines = await dump(dataDir());
    assert.deepEqual(
      lines.map(({ seq }) => seq),
      lines.map((_, index) => index + 1),
    );
    assert.deepEqual([...new Set(lines.map(({ on }) => on))].sort(), ['journal', 'tape']);
    const evaluation = lines.find(({ kind }) => kind === 'evaluation');
    assert.equal(evaluation?.body.legs?.length, 1);
  });

  it('keeps to a range of numbers or of times, to kinds and to a symbol', async () => {
    const dir = dataDir();
    const lines = await dump(dir);
    const middle = lines[Math.floor(lines.length / 2)];
    const iso = new Date(middle?.trading_ts ?? 0).toISOString();
    const seqs = async (...options: string[]) =>
      (await dump(dir, ...options)).map(({ seq }) => seq);
    assert.deepEqual(await seqs('--from', '5', '--to', '7'), [5, 6, 7]);
    const from = lines.filter((line) => (line.trading_ts ?? 0) >= Date.parse(iso));
    assert.deepEqual(
      await seqs('--from', iso),
      from.map(({ seq }) => seq),
    );
    const kinds = lines.filter(({ kind }) => kind === 'boot' || kind === 'timer');
    assert.deepEqual(
      await seqs('--kind', 'boot,timer'),
      kinds.map(({ seq }) => seq),
    );
    assert.deepEqual(
      await seqs('--no-tape'),
      lines.filter(({ on }) => on === 'journal').map(({ seq }) => seq),
    );
    assert.ok((await seqs('--symbol', 'spy')).length > 10);
    assert.deepEqual(await seqs('--symbol', 'QQQ'), []);
  });

  it('has a form for people', async () => {
    const dir = dataDir();
    const { out } = await bifrost(['journal', 'dump', dir, '--format', 'text', '--to', '1']);
    assert.match(out, /^1 {2}\S+Z \(wall\)|^1 {2}\S+Z {2}boot/);
    assert.match(out, /\+heartbeat .*→daemon:timer heartbeat/);
  });

  it('ends with 2 for a kind or a bound that is none', async () => {
    for (const [options, message] of [
      [['--kind', 'boat'], /there is no kind boat; there are boot, /],
      [['--from', 'soon'], /give a sequence number, or a time/],
    ] as const) {
      const { code, err } = await bifrost(['journal', 'dump', ...options]);
      assert.equal(code, 2);
      assert.match(err, message);
    }
  });
});

describe('bifrost replay', () => {
  it('decides the same again, and says how much it looked at', async () => {
    const dir = dataDir();
    const { code, out, err } = await bifrost(['replay', dir, '--verify', '--recompute', '--json']);
    assert.equal(code, 0, err);
    const { identical, records } = JSON.parse(out) as { identical: boolean; records: number };
    assert.equal(identical, true);
    assert.ok(records > 50);
  });

  it('ends with 1 and shows the difference where a record was altered', async () => {
    const dir = tempDir('journal-command');
    mkdirSync(join(dir, 'journal'));
    const before = (turn: { readonly seq: number; readonly facts: readonly unknown[] }) => {
      if (turn.seq === 9) (turn.facts as object[]).push({ fact: 'invented' });
    };
    writeSession({ dir: join(dir, 'journal'), world: quietVoyage(), before });
    const { code, err } = await bifrost(['replay', dir, '--verify']);
    assert.equal(code, 1);
    assert.match(err, /^bifrost: record 9 \(\w+\) decides differently\n {2}→ written: …/);
    assert.match(err, /invented/);
  });
});
