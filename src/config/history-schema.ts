/** Sections of the configuration about what is kept: the journal, the database, recorded quotes. */

import { z } from 'zod';

export const path = z.string().min(1).max(4096);

export const journal = z.strictObject({
  fsync: z
    .enum(['interval', 'always'])
    .default('interval')
    .describe('always also survives a power cut, at the price of a disk flush per turn'),
  retention_days: z
    .int()
    .min(1)
    .max(3650)
    .default(30)
    .describe('Kept for, days; never dropped before it was shipped, nor what the next start reads'),
});

export const store = z.strictObject({
  sink: z.enum(['postgres', 'jsonl', 'none']).default('postgres').describe('Where history is kept'),
  database_url: z
    .url({ protocol: /^postgres(ql)?$/, error: 'a URL postgresql://user@host:port/database' })
    .nullable()
    .default(null)
    .describe('PostgreSQL to use; null: the embedded one. Better set by DATABASE_URL'),
  history_interval_s: z
    .int()
    .min(1)
    .max(3600)
    .default(10)
    .describe('Between quotes of the history, seconds, in whole heartbeats; for data import'),
  retention_days: z
    .int()
    .min(1)
    .max(3650)
    .default(90)
    .describe(
      'Status history, quotes and transitions are kept for, days; what tells of money always',
    ),
  backlog_mb: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(64)
    .describe('With more of the journal than this not in the database the engine is degraded, MB'),
});

export const recorder = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('Whether quotes of underlyings and held options are recorded, into a data set'),
  dir: path
    .nullable()
    .default(null)
    .describe('The data set, a directory; null: recording in the data directory'),
  interval_ms: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(1000)
    .describe('Of each line the last quote of each such interval, ms; 0: every quote'),
  file_minutes: z
    .int()
    .min(1)
    .max(1440)
    .default(60)
    .describe('A file is closed after so long at the latest, and can be read from then on, min'),
  file_mb: z
    .int()
    .min(1)
    .max(4096)
    .default(64)
    .describe('A file is closed when it holds this much, and with each day of the exchange, MB'),
  retention_days: z
    .int()
    .min(1)
    .max(36_500)
    .default(90)
    .describe('Recorded days are kept for, days'),
});
