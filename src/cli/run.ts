/**
 * `bifrost run`: the daemon. It takes the data directory, starts the database, (in mode
 * `simulated`) the gateway, the engine and the API, in an order in which nothing is half-started
 * when one of them cannot be; it ends all of it within five seconds of the first request to stop.
 */

import { Command } from 'commander';
import { createLogTail } from '../api/log-tail.ts';
import { loadConfig } from '../config/load.ts';
import { EXIT, Fault } from '../fault.ts';
import { STOP_BUDGET_MS } from '../limits.ts';
import { createLogger, type Logger } from '../log.ts';
import { COMMAND } from '../package.ts';
import type { Clock } from '../runtime/clock.ts';
import { realMono, realWall } from '../runtime/real-clock.ts';
import { openDataDir } from '../store/data-dir.ts';
import { startDaemon } from './daemon.ts';
import type { RunningDaemon } from './daemon-options.ts';
import { print, printFault } from './output.ts';
import { pageLink } from './page-link.ts';
import { watchStop } from './stop-requests.ts';

interface RunFlags {
  readonly config?: string;
  readonly logLevel: string;
}

export function runCommand(): Command {
  return new Command('run')
    .description('run the daemon with its API and page')
    .option('--config <file>', 'configuration (default: BIFROST_CONFIG, config/demo.yaml)')
    .option('--log-level <level>', 'trace, debug, info, warn or error', 'info')
    .action(async (flags: RunFlags) => {
      // Not left to the event loop: what was given up on the way, such as a database that never
      // answers, must not keep the process.
      process.exit(await run(flags));
    });
}

async function run(flags: RunFlags): Promise<number> {
  const mono = realMono();
  const loaded = loadConfig({ file: flags.config, env: process.env, cwd: process.cwd() });
  const onTerminal = process.stderr.isTTY === true;
  const channel = `bifrost-log-${process.pid}`;
  const logOptions = { level: flags.logLevel, pretty: onTerminal, channel };
  const logs = createLogTail(channel);
  const log = createLogger(logOptions);
  const dataDir = await openDataDir(loaded.dataDir);
  const controlFile = loaded.config.daemon.control_file;
  const stop = watchStop({ mono, controlFile, log });
  const watchdog = createWatchdog(mono, log);
  // It may come during the start as well.
  void stop.requested.then(watchdog.arm);
  try {
    dataDir.announce(0);
    const daemon = await startDaemon({
      loaded,
      reload: () => loadConfig({ file: loaded.file, env: process.env, cwd: process.cwd() }),
      dataDir: dataDir.path,
      log,
      logOptions,
      logs,
      mono,
      wall: realWall(),
      stopRequested: stop.requested,
    });
    if (daemon === null) return EXIT.ok;
    dataDir.announce(daemon.port);
    // What escapes every boundary is a defect: cancel what lives, and leave with status 1.
    process.on('uncaughtException', (error) => daemon.fail(error));
    process.on('unhandledRejection', (error) => daemon.fail(error));
    print(welcome(daemon, loaded.file));
    const origin = await Promise.race([stop.requested, daemon.ended.then(() => null)]);
    watchdog.arm();
    if (origin !== null) {
      log.info({ origin }, 'stopping');
      // A broken engine answers nothing any more.
      await Promise.race([daemon.requestStop(origin), daemon.ended]);
    }
    const ending = await daemon.ended;
    await daemon.close();
    if (ending.refusal !== null) {
      throw new Fault('safety_refused', ending.refusal, {
        remedy: 'log in to the account that live_account names, or name this one there',
      });
    }
    if (ending.deposed !== null) {
      // Said and left at once: what still hangs on a database that is cut off must not keep us.
      const remedy = 'started again, this one stands by; its service manager may do that';
      printFault({ message: ending.deposed, remedy });
      return EXIT.refused;
    }
    if (ending.orderLeftLive) log.error('order_left_live: look at the account in TWS');
    return ending.orderLeftLive || ending.defect !== null ? EXIT.failed : EXIT.ok;
  } finally {
    stop.close();
    await dataDir.close();
  }
}

const WATCHDOG_MARGIN_MS = 200;

/** Whatever hangs once it is armed, the process is gone when the budget of the stop is. */
function createWatchdog(mono: Clock, log: Logger): { arm(): void } {
  let armed = false;
  return {
    arm() {
      if (armed) return;
      armed = true;
      mono.setTimer(STOP_BUDGET_MS.total - WATCHDOG_MARGIN_MS, () => {
        log.error('the stop took too long: leaving with what is done');
        process.exit(EXIT.failed);
      });
    },
  };
}

function welcome({ url, loginCode, standsBy }: RunningDaemon, configFile: string): string {
  const does = standsBy ? 'stands by' : 'runs';
  return [
    '',
    `  Bifrost ${does} with ${configFile}`,
    '',
    ...pageLink(url, loginCode),
    '',
    `  try next   ${COMMAND} status          is all well?`,
    `             ${COMMAND} operations      what did it do?`,
    `             ${COMMAND} explain NVDA    why did it hedge, or not?`,
    `             ${COMMAND} suspend         no new hedge until resume`,
    `  stop       Ctrl-C, or ${COMMAND} stop`,
    '',
  ].join('\n');
}
