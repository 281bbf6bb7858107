/** Asks a daemon again and again, for commands that go on showing until they are interrupted. */

import { Fault } from '../fault.ts';
import { realMono } from '../runtime/real-clock.ts';
import { printFault } from './output.ts';

/** On a terminal what is shown takes the place of what was shown before. */
const CLEAR = '\u001b[H\u001b[2J\u001b[3J';

/** Before each picture of a command that goes on; nothing where nobody looks at a terminal. */
export function clearScreen(): void {
  if (process.stdout.isTTY) process.stdout.write(CLEAR);
}

/**
 * Runs `once` every `seconds`, for ever. A daemon that is away is said once and waited for: it may
 * be starting again.
 */
export async function repeat(seconds: number, once: () => Promise<void>): Promise<never> {
  const mono = realMono();
  let away = '';
  for (;;) {
    try {
      await once();
      away = '';
    } catch (thrown) {
      if (!(thrown instanceof Fault) || thrown.code !== 'no_daemon') throw thrown;
      if (thrown.message !== away) printFault(thrown);
      away = thrown.message;
    }
    await new Promise<void>((resolve) => mono.setTimer(seconds * 1000, resolve));
  }
}
