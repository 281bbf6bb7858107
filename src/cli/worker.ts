/** `bifrost worker`: takes cells of distributed sweeps, on any host that reaches the database. */

import { Command } from 'commander';
import { coreCount } from '../backtest/sweep-threads.ts';
import { createCellWorker, dataByHash } from '../backtest/worker.ts';
import { loadConfig } from '../config/load.ts';
import { Fault } from '../fault.ts';
import { createLogger } from '../log.ts';
import { realMono } from '../runtime/real-clock.ts';
import { startSweepWorker } from '../store/sweep-queue.ts';
import { stopRequests, threadsOf } from './stop-after.ts';
import { openSweepDatabase } from './sweep-database.ts';
import { packageVersion } from './version.ts';

interface WorkerFlags {
  readonly data: readonly string[];
  readonly config?: string;
  readonly threads?: string;
}

/** The command. */
export function workerCommand(): Command {
  return new Command('worker')
    .description('take parameter sets of `sweep --distributed` from the database, until stopped')
    .requiredOption('--data <dirs...>', 'the data sets that are here')
    .option('--config <file>', 'names the database (default: BIFROST_CONFIG, config/demo.yaml)')
    .option('--threads <n>', 'sets at a time (default: one for each core)')
    .action(run);
}

async function run(flags: WorkerFlags): Promise<void> {
  const loaded = loadConfig({ file: flags.config, env: process.env, cwd: process.cwd() });
  const data = dataByHash(flags.data);
  const threads = Math.max(1, threadsOf('--threads', flags.threads, coreCount()));
  const mono = realMono();
  const log = createLogger({ level: 'info', pretty: process.stderr.isTTY === true });
  const stop = stopRequests();
  const database = await openSweepDatabase(loaded, log);
  const cells = createCellWorker(data, threads, mono);
  try {
    const worker = await startSweepWorker({
      ...{ url: database.url, version: packageVersion(), mono, log, threads },
      dataHashes: [...data.keys()],
      runCell: async (taken, dataHash) => {
        const begun = mono.now();
        const result = await cells.runCell(taken, dataHash);
        log.info({ job: taken.job, s: Math.round(mono.now() - begun) / 1000 }, 'a set is done');
        return result;
      },
    });
    log.info({ database: database.label, threads, data: flags.data }, 'takes parameter sets');
    const broken = await Promise.race([stop.asked.then(() => null), worker.failed]);
    await worker.stop();
    if (broken !== null) throw new Fault('database_unreachable', `the queue broke off: ${broken}`);
  } finally {
    stop.forget();
    await cells.close();
    await database.close();
  }
}
