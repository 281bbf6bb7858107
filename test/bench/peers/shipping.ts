/**
 * Ships a backlog into the database it is given, over and over, while it is told to: with the
 * priority and at the pace of the persistence actor.
 */

import { Pace } from '../../../actors/persistence/pace.ts';
import { createLogger } from '../../../src/log.ts';
import { realMono } from '../../../src/runtime/real-clock.ts';
import { createPool } from '../../../src/store/pool.ts';
import { giveWay } from '../../../src/store/priority.ts';
import { ship } from './backlog.ts';

// As the persistence actor does in the daemon.
giveWay();
const [url = '', dir = ''] = process.argv.slice(2);
const log = createLogger({ level: 'silent', pretty: false });
const limits = { connectionsMax: 1, statementTimeoutMs: 60_000 };
const pool = createPool({ url, role: 'bench', ...limits, log });

let going = false;
let working: Promise<void> | null = null;

process.on('message', (message: 'go' | 'rest') => {
  going = message === 'go';
  if (going) working ??= work();
  else void (working ?? Promise.resolve()).then(() => process.send?.('resting'));
});
process.send?.('ready');

async function work(): Promise<void> {
  const pace = new Pace(realMono());
  for (let round = 0; going; round += 1) {
    await ship(pool, dir, `shipping${process.pid}.${round}`, () => pace.rest(0));
  }
  working = null;
}
