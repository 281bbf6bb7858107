/** Makes a database cluster in a data directory, and leaves it stopped: what tests copy. */

import { createLogger } from '../../src/log.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';

const [dataDir] = process.argv.slice(2);
if (dataDir === undefined) throw new Error('which directory?');
const log = createLogger({ level: 'silent', pretty: false });
const options = { dataDir, mono: realMono(), log };
await startEmbeddedPostgres(options);
await stopEmbeddedPostgres({ ...options, deadlineMs: 10_000 });
