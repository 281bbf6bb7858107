import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { beforeAll, describe, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { runSweep } from '../../src/backtest/sweep.ts';
import { createThreadRunner } from '../../src/backtest/sweep-threads.ts';
import { packageVersion } from '../../src/cli/version.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openDataset } from '../../src/store/dataset.ts';
import { gridOf, writeSource } from '../backtest/support/sweep.ts';
import { modelSource, requestOf, STRADDLE } from '../backtest/support/world.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import { type Env, mono, type Program, startBifrost } from '../support/program.ts';
import { makeTempDir, tempDir } from '../support/temp-dir.ts';

const DAY = '20230803';
const KEY = 'gates.state.delta.threshold_hedge_shares';
/** The last of the day: long enough to be killed in. */
const MINUTES = Array.from({ length: 151 }, (_, index) => 240 + index);
const SOURCE = modelSource({
  ...{ days: [DAY], minutes: MINUTES, strikes: [100], expiry: '20230901' },
  spot: (_day, minute) => 100 + 0.6 * Math.sin(minute / 4),
});
const GRID = gridOf({ [KEY]: [15, 25, 40, 60, 80] });
/** The same request as flags. */
const FLAGS = [
  ...['--symbol', 'ABC', '--open', 'straddle:10', '--dte', '1-400', '--latency', '0,0'],
  ...['--fills', 'full'],
];

/** Of a process under load to start and to begin a cell. */
const WAIT_MS = 40_000;

/** A worker outlives its database, and would outlive a test that fails. */
function start(args: readonly string[], env?: Env): Program {
  const program = startBifrost(args, env);
  onTestFinished(async () => {
    if (program.running) await program.stop('SIGKILL');
  });
  return program;
}

let postgres: TestPostgres;
let world: Awaited<ReturnType<typeof makeWorld>>;
let expected = '';
beforeAll(async () => {
  postgres = await startTestPostgres();
  world = await makeWorld();
  expected = await inThisProcess(world.data, world.config);
  return async () => {
    rmSync(world.data, { recursive: true, force: true });
    await postgres.close();
  };
});

describe('a sweep over workers', () => {
  it('ends as one process does when a worker is killed midway, and takes up what is done', async () => {
    const { data, config, grid } = world;
    const env = { DATABASE_URL: postgres.url, BIFROST_DATA_DIR: tempDir('sweep-data') };
    const common = ['--data', data, '--config', config];
    const work = ['worker', ...common, '--threads', '1'];
    const [one, other] = [start(work, env), start(work, env)];
    const ready = (worker: Program) => worker.err().includes('takes parameter sets') || null;
    await one.until('it is ready', () => ready(one), WAIT_MS);
    const place = (name: string) => ['--out', join(data, name), '--json', '--distributed'];
    const sweep = start(['sweep', ...common, '--grid', grid, ...FLAGS, ...place('a')], env);

    await killMidway(one);
    const { code } = await sweep.ended;
    assert.equal(code, 0, sweep.err());
    const { hash, results } = JSON.parse(sweep.out()) as Told;
    assert.equal(results.length, 5);
    assert.equal(hash, expected);
    const { rows } = await postgres.pool.query<{ again: number; cells: number }>(
      `select count(*) filter (where attempts > 1)::int as again, count(*)::int as cells
       from sweep_results`,
    );
    assert.deepEqual(rows, [{ again: 1, cells: 5 }], 'the cell of the dead one was begun again');

    assert.equal((await other.stop()).code, 0, other.err());
    // Nobody works any more, and nobody has to.
    const again = start(['sweep', ...common, '--grid', grid, ...FLAGS, ...place('b')], env);
    assert.equal((await again.ended).code, 0, again.err());
    assert.equal((JSON.parse(again.out()) as Told).hash, hash);
  });
});

describe('a sweep that is interrupted', () => {
  it('keeps what is done in file, table and database, and goes on to the same end', async () => {
    const { data, config, grid } = world;
    const env = { DATABASE_URL: postgres.url, BIFROST_DATA_DIR: tempDir('sweep-data') };
    await postgres.pool.query('delete from sweep_results');
    const parquet = join(data, 'cells.parquet');
    const args = [...['sweep', '--data', data, '--config', config, '--grid', grid], ...FLAGS];
    const kept = ['--postgres', '--parquet', parquet, '--workers', '1', '--json'];
    const at = (place: string) => start([...args, ...kept, '--out', join(data, place)], env);
    const oneMore = (program: Program) =>
      program.until(
        'a cell is done',
        () => /sweep \d+ %, \d+ s left/.test(program.err()) || null,
        WAIT_MS,
      );
    const rowsOf = async () => {
      const file = new Uint8Array(readFileSync(parquet)).buffer;
      const rows = await parquetReadObjects({ file });
      return rows.map((row) => Number(row['set']));
    };
    const counted = async () => {
      const { rows } = await postgres.pool.query<{ cells: number }>(
        'select count(*)::int as cells from sweep_results',
      );
      return rows[0]?.cells ?? 0;
    };

    const first = at('cut');
    await oneMore(first);
    const { code } = await first.stop('SIGINT');
    assert.equal(code, 0, first.err());
    const cut = JSON.parse(first.out()) as Told;
    const done = cut.results.length;
    assert.equal(cut.interrupted, true);
    assert(done >= 1 && done < 5, `${done} cells`);
    assert.deepEqual([(await rowsOf()).length, await counted()], [done, done]);

    const second = at('cut');
    await oneMore(second);
    await second.stop('SIGKILL');
    const lines = readFileSync(join(data, 'cut/cells.jsonl'), 'utf8').trim().split('\n').length;
    // The table is whole, and at most one cell behind.
    assert(lines > done && (await rowsOf()).length >= lines - 1, `${lines} cells`);

    const third = at('cut');
    assert.equal((await third.ended).code, 0, third.err());
    const whole = JSON.parse(third.out()) as Told;
    assert.deepEqual([whole.resumed, whole.interrupted], [lines, false]);
    assert.equal(whole.hash, expected);
    assert.deepEqual([await rowsOf(), await counted()], [[0, 1, 2, 3, 4], 5]);

    // Another host has no file of it: what the database has is not run again.
    const elsewhere = at('elsewhere');
    assert.equal((await elsewhere.ended).code, 0, elsewhere.err());
    const { hash, resumed } = JSON.parse(elsewhere.out()) as Told;
    assert.deepEqual([hash, resumed], [expected, 5]);
  });
});

interface Told {
  readonly hash: string;
  readonly interrupted: boolean;
  readonly resumed: number;
  readonly results: readonly unknown[];
}

/** A data set, a configuration and a grid, as an operator has them. */
async function makeWorld() {
  const data = makeTempDir('sweep-set');
  await writeSource(data, SOURCE);
  const config = join(data, 'config.yaml');
  const books = { mode: 'simulated', broker: { deployment: 'bt' }, books: [{ symbol: 'ABC' }] };
  writeFileSync(config, stringify({ ...books, gates: { strategy: { open_delay_s: 0 } } }));
  const grid = join(data, 'grid.yaml');
  writeFileSync(grid, stringify({ parameters: GRID.parameters }));
  return { data, config, grid };
}

/** Kills the worker while it has a cell, and surely not just after it: it is frozen first. */
async function killMidway(worker: Program): Promise<void> {
  await worker.until(
    'it has taken a cell',
    async () => {
      if (!(await holdsCell(worker.pid))) return null;
      process.kill(worker.pid, 'SIGSTOP');
      if (await holdsCell(worker.pid)) return true;
      process.kill(worker.pid, 'SIGCONT');
      return null;
    },
    WAIT_MS,
  );
  await worker.stop('SIGKILL');
}

async function holdsCell(pid: number): Promise<boolean> {
  const { rows } = await postgres.pool.query(
    `select 1 from sweep_workers join graphile_worker.jobs on locked_by = worker where pid = $1`,
    [pid],
  );
  return rows.length > 0;
}

async function inThisProcess(dataDir: string, file: string): Promise<string> {
  const loaded = loadConfig({ file, env: {}, cwd: dataDir });
  const { hash, days } = openDataset(dataDir);
  const rule = { ...STRADDLE, afterOpenMin: 5 };
  const { hash: outcome } = await runSweep({
    ...{ spec: GRID, outDir: join(dataDir, 'alone'), dataHash: hash },
    runner: createThreadRunner(0, mono),
    task: {
      ...{ dataDir, days: days.map(({ day }) => day), version: packageVersion() },
      config: { config: loaded.config, hash: loaded.hash },
      request: requestOf({ rule }),
    },
    onProgress: () => undefined,
    isStopped: () => false,
  });
  return outcome;
}
