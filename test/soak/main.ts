/**
 * `npm run soak:daemon`: the demo with eight books for an hour, with pages that follow it and come
 * and go. Nothing that it holds may grow: heap of each thread after a collection, descriptors,
 * handles, listeners, latency. What it writes grows with what happens, and is shown by what
 * happened. Writes docs/evidence/soak.md and its chart when it ran for at least twenty minutes.
 */

import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { Workspace } from '../bench/harness/workspace.ts';
import { writeDemo } from './demo.ts';
import { judge, writePages } from './page.ts';
import { startReaders } from './readers.ts';
import { readThreads, type Sample, takeSample } from './samples.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const START_MS = 120_000;
const EVIDENCE_MINUTES = 20;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    books: { type: 'string', default: '8' },
    every: { type: 'string', default: '15' },
    raw: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const books = Number(values.books);
const everyMs = 1000 * Number(values.every);
assert(minutes > 0 && books > 0 && everyMs > 0, 'minutes, books and every are numbers');

const workspace = new Workspace();
process.exitCode = await soak().finally(() => workspace.close());

async function soak(): Promise<number> {
  const dataDir = workspace.folder('data');
  const probeDir = workspace.folder('probe');
  const config = writeDemo(workspace.folder('config'), books);
  const probe = fileURLToPath(new URL('./probe.ts', import.meta.url));
  const daemon = workspace.node(
    [
      '--expose-gc',
      '--import',
      probe,
      'src/main.ts',
      'run',
      '--config',
      config,
      '--log-level',
      'warn',
    ],
    {
      BIFROST_DATA_DIR: dataDir,
      BIFROST_API_PORT: '0',
      BIFROST_SOAK_PROBE: probeDir,
      BIFROST_SOAK_EVERY_MS: String(everyMs),
    },
    ROOT,
  );
  let ended = false;
  void daemon.ended.then(() => {
    ended = true;
  });
  const url = await untilReady(dataDir, () => assert(!ended, `it ended:\n${daemon.tail()}`));
  const database = new pg.Client(readFileSync(join(dataDir, 'database-url'), 'utf8').trim());
  await database.connect();
  const readers = startReaders(url);
  const samples: Sample[] = [];
  const until = Date.now() + minutes * 60_000;
  while (Date.now() < until) {
    await sleep(everyMs);
    assert(!ended, `the daemon ended:\n${daemon.tail()}`);
    const sample = await takeSample({ pid: daemon.process.pid ?? 0, dataDir, url, database });
    samples.push(sample);
    show(sample);
  }
  await readers.stop();
  await database.end();
  const run = { books, everyMs, samples, threads: readThreads(probeDir), reads: readers.counts };
  const verdict = judge(run);
  for (const { name, text, flat } of verdict) {
    process.stdout.write(`${flat ? 'flat    ' : 'NOT FLAT'} ${name}: ${text}\n`);
  }
  if (minutes >= EVIDENCE_MINUTES) writePages(ROOT, run, verdict);
  return verdict.every(({ flat }) => flat) ? 0 : 1;
}

/** Where the API listens, once every book is watched. */
async function untilReady(dataDir: string, alive: () => void): Promise<string> {
  const limit = Date.now() + START_MS;
  for (;;) {
    alive();
    assert(Date.now() < limit, 'it did not start in time');
    await sleep(200);
    try {
      const { port } = JSON.parse(readFileSync(join(dataDir, 'daemon.json'), 'utf8')) as {
        readonly port: number;
      };
      const url = `http://127.0.0.1:${port}`;
      if ((await fetch(`${url}/readyz`)).ok) return url;
    } catch {
      // It has not written where it listens, or does not listen yet.
    }
  }
}

function show(sample: Sample): void {
  const { at, rssMb, descriptors, databaseMb, journalMb, fills, lagBytes } = sample;
  process.stdout.write(
    `${new Date(at).toISOString().slice(11, 19)} rss ${rssMb.toFixed(0)} MB, ${descriptors} ` +
      `descriptors, database ${databaseMb.toFixed(1)} MB, journal ${journalMb.toFixed(1)} MB, ` +
      `${fills} fills, lag ${lagBytes} bytes\n`,
  );
  if (values.raw !== undefined) appendFileSync(values.raw, `${JSON.stringify(sample)}\n`);
}
