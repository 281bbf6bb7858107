/** What is sampled of a running daemon, from `/metrics`, its database, its files and its probe. */

import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';

export interface ThreadSample {
  readonly thread: string;
  /** Unix ms. */
  readonly at: number;
  /** Bytes, after a collection. */
  readonly heap: number;
  readonly external: number;
  /** Timers, sockets and files that its loop holds; listeners of its `process`. */
  readonly resources: number;
  readonly listeners: number;
}

/** Counts of a stage by the upper bound of its bucket, seconds. */
export type Buckets = ReadonlyMap<number, number>;

export interface Sample {
  readonly at: number;
  readonly rssMb: number;
  readonly descriptors: number;
  readonly databaseMb: number;
  readonly journalMb: number;
  readonly operations: number;
  readonly fills: number;
  readonly deadLetters: number;
  readonly restarts: number;
  readonly lagBytes: number;
  /** Cumulative, of the ways whose latency an operator feels. */
  readonly stages: Readonly<Record<'tick' | 'turn' | 'order', Buckets>>;
}

const MB = 2 ** 20;

export interface Sampled {
  readonly pid: number;
  readonly dataDir: string;
  readonly url: string;
  readonly database: pg.Client;
}

export async function takeSample({ pid, dataDir, url, database }: Sampled): Promise<Sample> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const sum = (name: RegExp): number =>
    [...text.matchAll(new RegExp(`^bifrost_${name.source} (\\S+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  const { rows } = await database.query<{ size: string }>(
    'select pg_database_size(current_database()) as size',
  );
  return {
    at: Date.now(),
    rssMb: sum(/process_resident_bytes/) / MB,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    databaseMb: Number(rows[0]?.size) / MB,
    journalMb: folderMb(join(dataDir, 'journal')),
    operations: sum(/operations_total\{.*\}/),
    fills: sum(/operations_total\{.*type="fill"\}/),
    deadLetters: sum(/dead_letters_total\{.*\}/),
    restarts: sum(/actor_restarts_total\{.*\}/),
    lagBytes: sum(/database_lag_bytes/),
    stages: {
      tick: buckets(text, 'tick'),
      turn: buckets(text, 'turn'),
      order: buckets(text, 'order'),
    },
  };
}

export function readThreads(probeDir: string): readonly ThreadSample[] {
  const path = join(probeDir, 'threads.jsonl');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as ThreadSample);
}

/** The upper bound (ms) under which `fraction` of what was counted between two samples lies. */
export function percentileMs(before: Buckets, after: Buckets, fraction: number): number {
  const counted = [...after].map(
    ([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const,
  );
  const all = Math.max(...counted.map(([, count]) => count));
  if (all === 0) return Number.NaN;
  const found = counted.find(([, count]) => count >= fraction * all);
  return 1000 * (found?.[0] ?? Number.POSITIVE_INFINITY);
}

function buckets(text: string, stage: string): Buckets {
  const line = new RegExp(
    `^bifrost_stage_seconds_bucket\\{stage="${stage}",le="([^"]+)"\\} (\\d+)$`,
    'gm',
  );
  return new Map(
    [...text.matchAll(line)].map(([, bound, count]) => [
      bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound),
      Number(count),
    ]),
  );
}

function folderMb(folder: string): number {
  const files = globSync('**/*', { cwd: folder, withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0) / MB;
}
