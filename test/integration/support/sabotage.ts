/** A daemon with a saboteur in it: the real process and its threads, and a way to break them. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';

import type { DaemonOptions, TestDaemon, TestHome } from '../../support/daemon.ts';
import type { Deed, Done, Order } from './saboteur.ts';

/** The threads of a daemon. */
export type ThreadName = 'kernel' | 'market' | 'persistence' | 'gateway';

export interface Sabotaged extends TestDaemon {
  /** Resolves when the deed is under way; of a flood, when it has been cast. */
  sabotage(thread: ThreadName, deed: Deed): Promise<Done>;
}

export interface SabotagedOptions extends DaemonOptions {
  /** What one of its threads may hold. */
  readonly workerHeapMb?: number;
  /** What its main thread may hold. */
  readonly kernelHeapMb?: number;
}

const SABOTEUR = new URL('./saboteur.ts', import.meta.url).href;
let count = 0;

/** Starts it in a data directory of the home. */
export function startSabotaged(
  home: TestHome,
  name: string,
  options: SabotagedOptions = {},
): Sabotaged {
  const { workerHeapMb, kernelHeapMb } = options;
  count += 1;
  const path = join(home.dir, `saboteur-${count}`);
  const heap = kernelHeapMb === undefined ? '' : ` --max-old-space-size=${kernelHeapMb}`;
  const daemon = home.daemon({
    dataDir: join(home.dir, name),
    ...options,
    env: {
      ...options.env,
      ...(workerHeapMb === undefined ? {} : { BIFROST_TEST_HEAP_MB: String(workerHeapMb) }),
      NODE_OPTIONS: `--import ${SABOTEUR}${heap}`,
      BIFROST_TEST_SABOTAGE: path,
    },
  });
  return Object.assign(daemon, {
    sabotage: (thread: ThreadName, deed: Deed) => give(path, { thread, deed }),
  });
}

async function give(path: string, order: Order): Promise<Done> {
  const socket = connect(path).setEncoding('utf8');
  socket.write(JSON.stringify(order));
  let text = '';
  socket.on('data', (chunk: string) => {
    text += chunk;
  });
  await once(socket, 'close');
  // The saboteur is ours, and answers with what it has done.
  const done = JSON.parse(text) as Done;
  if (done.error !== undefined) throw new Error(done.error);
  return done;
}
