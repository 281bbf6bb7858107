import assert from 'node:assert/strict';
import { afterEach, describe, it, vi } from 'vitest';
import { createPool, type Pool, type PoolOptions } from '../../src/runtime/pool.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import { createGate } from './fixtures/probes.ts';

// Threads boot slowly where many tests run at once.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const pools: Pool[] = [];
const LONG_MS = 20_000;

function start(more: Partial<PoolOptions> = {}): Pool {
  const module = new URL('./fixtures/jobs.ts', import.meta.url).href;
  const pool = createPool({ module, mono: realMono(), threadsMax: 1, ...more });
  pools.push(pool);
  return pool;
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe('a pool', () => {
  it('runs jobs in other threads and tells them their deadline', async () => {
    const pool = start();
    assert.equal(await pool.run('double', 21, LONG_MS), 42);
    const before = realMono().now();
    assert((await pool.run<number>('timeLeft', null, LONG_MS)) > before + LONG_MS - 1000);
  });

  it('gives a job’s fault as it was thrown, and goes on [pool]', async () => {
    const pool = start();
    await assert.rejects(pool.run('fault', null, LONG_MS), {
      code: 'data_unreadable',
      message: 'no such file',
      remedy: 'fetch it',
      stack: /jobs\.ts/,
    });
    await assert.rejects(pool.run('nothing', null, LONG_MS), { code: 'internal' });
    assert.equal(await pool.run('double', 1, LONG_MS), 2);
  });

  it('ends a job that hangs, and outlives one that ends its thread [pool]', async () => {
    const pool = start();
    await assert.rejects(pool.run('hang', null, 50), { code: 'deadline' });
    await assert.rejects(pool.run('leave', null, LONG_MS), { code: 'actor_down' });
    assert.equal(await pool.run('double', 4, LONG_MS), 8);
  });

  it('refuses what its queue does not hold [pool]', async () => {
    const pool = start({ queueMax: 1 });
    const gate = createGate();
    const first = pool.run('wait', gate.word, LONG_MS);
    const second = pool.run('double', 1, LONG_MS);
    assert.equal(pool.depth, 1);
    await assert.rejects(pool.run('double', 2, LONG_MS), { code: 'mailbox_full' });
    gate.open();
    assert.deepEqual(await Promise.all([first, second]), ['ok', 2]);
  });

  it('grows and shrinks with the cores there are [pool]', async () => {
    let cores = 1;
    const pool = createPool({
      module: new URL('./fixtures/jobs.ts', import.meta.url).href,
      mono: realMono(),
      cores: () => cores,
      queueMax: 4,
    });
    pools.push(pool);
    const gate = createGate();
    const waiting = [pool.run('wait', gate.word, LONG_MS), pool.run('wait', gate.word, LONG_MS)];
    assert.deepEqual([pool.threads, pool.depth], [1, 1]);
    cores = 2;
    waiting.push(pool.run('wait', gate.word, LONG_MS));
    assert.deepEqual([pool.threads, pool.depth], [2, 1]);
    cores = 1;
    await assert.rejects(pool.run('fault', null, 0), { code: 'deadline' });
    assert.equal(pool.depth, 2);
    gate.open();
    assert.deepEqual(await Promise.all(waiting), ['ok', 'ok', 'ok']);
  });

  it('takes nothing once it is closed', async () => {
    const pool = start();
    await pool.close();
    await assert.rejects(pool.run('double', 1, LONG_MS), { code: 'actor_down' });
  });
});
