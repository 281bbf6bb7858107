import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { it } from 'vitest';
import { logsView } from '../../src/protocol/log-view.ts';

/** A thread and a worker of it log to one channel, and the thread prints what it heard. */
const PROGRAM = `
  import { Worker } from 'node:worker_threads';
  import { createLogger } from './src/log.ts';
  import { createLogTail } from './src/api/log-tail.ts';
  const options = { level: 'info', pretty: false, channel: 'lines' };
  const tail = createLogTail('lines');
  createLogger(options).info({ token: 'hush', url: 'x' }, 'from the kernel');
  const worker = new Worker(
    "import('./src/log.ts').then(({ createLogger }) => createLogger(" +
      JSON.stringify(options) + ").child({ thread: 'market' }).warn('from a worker'))",
    { eval: true },
  );
  tail.follow(({ thread }) => {
    if (thread !== 'market') return;
    process.stdout.write(JSON.stringify(tail.logs({ level: 'trace', limit: 10 })));
    // Its own line is written when it has ended, and not when others have heard it.
    worker.once('exit', () => process.exit());
  }, 0);
`;

it('hears what every thread logs, and no secret', async () => {
  const args = ['--input-type=module-typescript', '-e', PROGRAM];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    cwd: new URL('../..', import.meta.url),
  });
  const { lines } = logsView.parse(JSON.parse(stdout));
  assert.deepEqual(
    lines.map(({ thread, level, text }) => [thread, level, text]),
    [
      ['market', 'warn', 'from a worker'],
      ['kernel', 'info', 'from the kernel'],
    ],
  );
  assert.deepEqual(lines[1]?.detail, { token: '[Redacted]', url: 'x' });
  // The lines go to standard error as they always did.
  assert.match(stderr, /"msg":"from the kernel"/);
  assert.match(stderr, /"thread":"market","msg":"from a worker"/);
  assert.doesNotMatch(stdout + stderr, /hush/);
});
