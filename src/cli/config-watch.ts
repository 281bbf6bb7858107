/**
 * Watches the configuration file of a running daemon. A change is read when the file has been the
 * same at two looks in a row, so that a file which is still being written is left alone; then it
 * is checked whole. A valid one is taken over as far as that is possible, an invalid one changes
 * nothing, and both are said.
 */

import { statSync } from 'node:fs';
import { bookSettings, configHash, type LoadedConfig } from '../config/load.ts';
import { reloadConfig } from '../config/reload.ts';
import type { Config } from '../config/schema.ts';
import { toFault } from '../fault.ts';
import type { Logger } from '../log.ts';
import type { ConfigInput } from '../protocol/decision-config.ts';
import type { Clock, Timer } from '../runtime/clock.ts';

export interface ConfigWatchOptions {
  readonly loaded: LoadedConfig;
  /** Reads the file again; throws what `loadConfig` throws. */
  readonly load: () => LoadedConfig;
  readonly apply: (input: ConfigInput) => void;
  /** The configuration that runs from now on: for parts beside the engine. */
  readonly taken: (config: Config) => void;
  readonly mono: Clock;
  readonly log: Logger;
}

interface Running {
  readonly config: Config;
  /** Keys that were said to need a restart. */
  readonly waiting: string;
  /** The last look at the file was refused: that it is mended has to be said. */
  readonly refused: boolean;
}

/** Slow enough to cost nothing, fast enough for an operator who waits for it. */
const LOOK_MS = 500;

/** Begins to look, and returns what ends it. */
export function watchConfig(options: ConfigWatchOptions): () => void {
  const { loaded, mono } = options;
  let running: Running = { config: loaded.config, waiting: '', refused: false };
  let taken = stampOf(loaded.file);
  let seen = taken;
  let timer: Timer;
  const look = (): void => {
    const now = stampOf(loaded.file);
    const settled = now === seen;
    seen = now;
    if (settled && now !== taken) {
      taken = now;
      running = take(options, running);
    }
    timer = mono.setTimer(LOOK_MS, look);
  };
  timer = mono.setTimer(LOOK_MS, look);
  return () => timer.cancel();
}

/** Which version of the file lies there: editors replace files, so the inode counts too. */
function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? 'gone' : `${stat.ino}/${stat.size}/${stat.mtimeMs}`;
}

/** Takes what the file says now, and returns what runs. */
function take(options: ConfigWatchOptions, running: Running): Running {
  const { load, apply, log, loaded } = options;
  let next: LoadedConfig;
  try {
    next = load();
  } catch (thrown) {
    // Whatever is wrong with the file: the daemon goes on with what it has.
    const { message } = toFault(thrown);
    log.error({ file: loaded.file, reason: message }, 'the changed configuration is refused');
    apply({ type: 'config.refused', file: loaded.file, reason: message });
    return { ...running, refused: true };
  }
  const { config, taken, needsRestart } = reloadConfig(running.config, next.config);
  const waiting = needsRestart.join();
  const said = taken.length === 0 && waiting === running.waiting && !running.refused;
  if (said) return running;
  log.info({ file: loaded.file, taken, needsRestart }, 'the changed configuration is taken');
  apply({
    type: 'config.applied',
    file: loaded.file,
    configSummary: summaryOf(config),
    books: config.books.map((book) => bookSettings(config, book)),
    taken,
    needsRestart,
  });
  options.taken(config);
  return { config, waiting, refused: false };
}

/** What status rows name, so that a row tells under which settings it was written. */
export function summaryOf(config: Config): string {
  return `${config.mode} ${configHash(config)}`;
}
