/** Everything that runs out: disk, descriptors, memory, processor time, and the one lease. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { beforeAll } from 'vitest';

import { type Desk, startDesk } from '../acceptance/support/desk.ts';
import { testHome } from '../support/daemon.ts';
import { mono } from '../support/program.ts';
import { ordeal } from './support/ordeal.ts';

const home = testHome('chaos-limits');
const dataDir = join(home.dir, 'disk');
/** Below two gigabytes it warns, below one it trades no more; all of it is filled in a moment. */
const DISK_MB = 2400;
const NOT_ENOUGH_MB = 1600;
const ballast = join(dataDir, 'ballast');
const disk = mountDisk();
let desk: Desk;
if (disk === null) home.atEnd(() => spawnSync('umount', ['-l', dataDir]));

beforeAll(async () => {
  // Small heaps, for the threads too.
  desk = await startDesk(home, { dataDir, env: { NODE_OPTIONS: '--max-old-space-size=96' } });
  await desk.calm();
});

/** Null, or why this machine gives no disk of our own: it takes the rights of root. */
function mountDisk(): string | null {
  mkdirSync(dataDir);
  const options = ['-t', 'tmpfs', '-o', `size=${DISK_MB}m`, 'tmpfs', dataDir];
  const { status, stderr } = spawnSync('mount', options, { encoding: 'utf8' });
  return status === 0 ? null : `no disk of its own can be mounted here: ${stderr.trim()}`;
}

/** Takes so much of the disk, or all that is left of it: then the last write fails, as it must. */
async function fill(megabytes = DISK_MB): Promise<void> {
  const to = [`of=${ballast}`, 'bs=1M', `count=${megabytes}`];
  const writing = spawn('dd', ['if=/dev/zero', ...to], { stdio: 'ignore' });
  await once(writing, 'exit');
}

/** Whatever became of the one before, its ballast is gone. */
async function roomy(): Promise<void> {
  rmSync(ballast, { force: true });
  await desk.calm();
}

async function hedgesOn(): Promise<void> {
  await desk.calm();
  const before = await desk.fills();
  await desk.move();
  await desk
    .daemon()
    .until('the move is hedged', async () => ((await desk.fills()) > before ? true : null));
  await desk.calm();
}

ordeal({
  name: 'less than a gigabyte is left for the data directory',
  rounds: [1, 5],
  unless: disk,
  async play(rounds, see) {
    for (let round = 0; round < rounds; round += 1) {
      await roomy();
      await fill(NOT_ENOUGH_MB);
      await desk.daemon().untilStatus('it says so', ({ block_reasons: reasons }) => {
        return reasons.some((reason) => reason.includes('disk_full'));
      });
      const before = await desk.orders();
      await desk.move();
      await elapsed(1500);
      assert.equal(await desk.orders(), before, 'no order leaves that cannot be written down');
      rmSync(ballast, { force: true });
      await desk
        .daemon()
        .until('it hedges when there is room', async () =>
          (await desk.orders()) > before ? true : null,
        );
      await desk.calm();
    }
    see(await desk.truth());
  },
});

ordeal({
  name: 'the data directory is full to the last byte, and the daemon is killed',
  rounds: [1, 5],
  unless: disk,
  async play(rounds, see) {
    for (let round = 0; round < rounds; round += 1) {
      await roomy();
      await desk.move();
      await fill();
      await elapsed(2000);
      const { code } = await desk.daemon().stop('SIGKILL');
      see(code === null ? 'it waited, and was killed' : `it had ended with ${code}`);
      rmSync(ballast, { force: true });
      await desk.start();
      await hedgesOn();
    }
    see(await desk.truth());
  },
});

ordeal({
  name: 'no file descriptor is left for those who call',
  rounds: [1, 5],
  async play(rounds, see) {
    for (let round = 0; round < rounds; round += 1) {
      await roomy();
      const { pid } = desk.daemon();
      const open = readdirSync(`/proc/${pid}/fd`).length;
      limit(pid, open + 8);
      const sockets = callers(40, Number(new URL(desk.daemon().url()).port));
      const before = await desk.fills();
      await desk.move();
      await desk
        .daemon()
        .until('it hedges all the same', async () => ((await desk.fills()) > before ? true : null));
      for (const socket of sockets) socket.destroy();
      limit(pid, 4096);
      await desk.calm();
      see(`${open} descriptors were open, ${open + 8} allowed, 40 called`);
    }
    see(await desk.truth());
  },
});

ordeal({
  name: 'the process is frozen in a hedge, and wakes',
  rounds: [2, 20],
  async play(rounds, see) {
    for (let round = 0; round < rounds; round += 1) {
      await roomy();
      const { pid } = desk.daemon();
      await desk.move();
      process.kill(pid, 'SIGSTOP');
      await elapsed(500 + 500 * (round % 6));
      process.kill(pid, 'SIGCONT');
    }
    await hedgesOn();
    see(await desk.truth());
  },
});

ordeal({
  name: 'a second daemon starts on the same database',
  rounds: [1, 5],
  async play(rounds, see) {
    for (let round = 0; round < rounds; round += 1) {
      await roomy();
      const second = home.daemon({
        config: join(home.dir, 'desk.yaml'),
        dataDir: join(home.dir, 'second'),
        env: { DATABASE_URL: desk.databaseUrl },
      });
      await desk.move();
      const { code } = await second.ended;
      assert.equal(code, 6, second.err().slice(-2000));
    }
    await hedgesOn();
    see(`each ended with 6; ${await desk.truth()}`);
  },
});

ordeal({
  name: 'hedges in a heap of 96 MB while everything is asked of it',
  rounds: [5, 50],
  async play(rounds, see) {
    const paths = ['/status', '/operations?limit=1000', '/machines', '/metrics', '/openapi.json'];
    for (let round = 0; round < rounds; round += 1) {
      await roomy();
      const asked = Array.from({ length: 40 }, (_, index) =>
        fetch(`${desk.daemon().url()}${paths[index % paths.length]}`).then((one) => one.text()),
      );
      const before = await desk.fills();
      await desk.move();
      await desk
        .daemon()
        .until('it hedges', async () => ((await desk.fills()) > before ? true : null));
      await Promise.all(asked);
    }
    await desk.calm();
    see(await desk.truth());
    assert.equal((await desk.daemon().stop()).code, 0);
  },
});

function limit(pid: number, descriptors: number): void {
  const args = ['--pid', String(pid), `--nofile=${descriptors}:${4096}`];
  const { status, stderr } = spawnSync('prlimit', args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

function callers(count: number, port: number): readonly Socket[] {
  return Array.from({ length: count }, () =>
    connect({ port, host: '127.0.0.1' }).on('error', () => undefined),
  );
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => mono.setTimer(ms, resolve));
}
