/** R-B1, R-B2: history through the machines that trade, with no broker, and the record replayed. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll } from 'vitest';

import type { BacktestResult } from '../../src/backtest/result.ts';
import { ATTRIBUTION_TERMS } from '../../src/domain/attribution.ts';
import { untilCalm } from '../integration/support/lab.ts';
import { assertParity } from '../integration/support/parity.ts';
import { DAY, EXPIRY, writeWalk } from '../integration/support/recorded.ts';
import { quickSettings } from '../integration/support/settings.ts';
import { testHome } from '../support/daemon.ts';
import { bifrost } from '../support/program.ts';
import { proves } from './support/proves.ts';

const home = testHome('acceptance-history');
const SYMBOL = 'ACME';
let runs: readonly [Run, Run];

interface Run {
  readonly file: string;
  readonly result: BacktestResult;
  /** Sockets that the process wanted to open. */
  readonly sockets: string;
}

beforeAll(async () => {
  const lean = join(home.dir, 'walk');
  writeWalk(lean, SYMBOL, [100, 100]);
  const data = join(home.dir, 'set');
  const { code, err } = await bifrost([
    ...['data', 'import', '--format', 'lean', '--from', lean, '--symbol', SYMBOL],
    ...['--dates', DAY, '--contracts', `${EXPIRY}/100P,${EXPIRY}/100C`, '--to', data],
  ]);
  assert.equal(code, 0, err);
  runs = [await backtest(data, 'narrow', 25), await backtest(data, 'wide', 100)];
});

/** Runs it in a process in which no socket opens: whoever tries is written down, and fails. */
async function backtest(data: string, name: string, threshold: number): Promise<Run> {
  const tried = join(home.dir, `${name}.sockets`);
  const guard = home.write(
    `${name}.mjs`,
    `import { appendFileSync } from 'node:fs';
     import { Socket } from 'node:net';
     Socket.prototype.connect = (...target) => {
       appendFileSync(${JSON.stringify(tried)}, JSON.stringify(target) + '\\n');
       throw new Error('there is no network');
     };`,
  );
  const file = join(home.dir, `${name}.json`);
  const config = home.write(`${name}.yaml`, {
    mode: 'simulated',
    books: [{ symbol: SYMBOL }],
    gates: { state: { delta: { threshold_hedge_shares: threshold } } },
  });
  const { code, err } = await bifrost(
    [
      ...['backtest', '--data', data, '--symbol', SYMBOL, '--dates', DAY, '--no-keep'],
      ...['--open', 'straddle:10', '--config', config, '--json', file],
    ],
    { NODE_OPTIONS: `--import ${guard}` },
  );
  assert.equal(code, 0, err);
  // The program wrote it: it has the type that it declares.
  const result = JSON.parse(readFileSync(file, 'utf8')) as BacktestResult;
  return { file, result, sockets: existsSync(tried) ? readFileSync(tried, 'utf8') : '' };
}

proves('TC-4-R-B1-1', async (evidence) => {
  const [{ result, sockets }] = runs;
  const { totals, equity, attribution } = result;
  assert.equal(sockets, '');
  assert.ok(totals.hedges > 0 && Number.isFinite(totals.pnl));
  assert.ok(equity.length > 10 && totals.max_drawdown >= 0);
  const sum = ATTRIBUTION_TERMS.reduce((total, term) => total + (attribution[term] ?? 0), 0);
  assert.ok(Math.abs(sum - totals.pnl) < 0.01, `${sum} is not ${totals.pnl}`);
  evidence('sockets opened', 'none');
  evidence('totals', totals);
  evidence('equity curve', `${equity.length} points, the last ${JSON.stringify(equity.at(-1))}`);
  evidence('attribution', attribution);
});

proves('TC-4-R-B1-2', async (evidence) => {
  const [one, other] = runs;
  assert.match(one.result.run.config_hash, /^[0-9a-f]{8,}$/);
  assert.notEqual(one.result.run.config_hash, other.result.run.config_hash);
  const groups = Object.keys(one.result.run.gates);
  assert.deepEqual(groups.toSorted(), ['guard', 'intent', 'state', 'strategy']);
  const { code, out, err } = await bifrost(['compare', one.file, other.file]);
  assert.equal(code, 0, err);
  assert.match(out, /gates\.state\.delta\.threshold_hedge_shares\s+25\s+100/);
  evidence('config_hash', [one.result.run.config_hash, other.result.run.config_hash]);
  evidence('gates', one.result.run.gates);
  evidence('bifrost compare', out);
});

proves('TC-4-R-B2-1', async (evidence) => {
  const dataDir = join(home.dir, 'session');
  const config = home.write('session.yaml', quickSettings({ store: { sink: 'none' } }));
  const daemon = await home.daemon({ dataDir, config }).ready();
  await untilCalm(daemon);
  await daemon.exchange().move('NVDA', 2);
  await daemon.until('two hedges are filled', async () => {
    return (await daemon.exchange().ledger()).executions.length > 1 ? true : null;
  });
  await untilCalm(daemon);
  assert.equal((await daemon.stop()).code, 0);
  const { code, out, err } = await bifrost(['replay', dataDir, '--verify', '--json']);
  assert.equal(code, 0, err);
  const { identical, ...rest } = JSON.parse(out) as { readonly identical: boolean };
  assert.equal(identical, true);
  evidence('bifrost replay --verify of a live session', { identical, ...rest });
  const parity = await assertParity(home);
  assert.ok(parity.operations >= 10);
  evidence('lock-step session and backtest of one data set, equal', parity);
});

proves('TC-4-R-B2-2', async (evidence) => {
  const [one, other] = runs;
  for (const { result } of runs) {
    const { block_reasons: reasons, decisions, verdicts, totals } = result;
    assert.ok(Object.keys(reasons).length > 1);
    assert.ok(Object.values(reasons).every((count) => Number.isInteger(count) && count > 0));
    const counted = Object.values(verdicts).reduce((sum, count) => sum + count, 0);
    assert.equal(counted, totals.evaluations);
    assert.ok(decisions.length > 0);
  }
  assert.notDeepEqual(one.result.block_reasons, other.result.block_reasons);
  evidence('threshold 25: block_reasons', one.result.block_reasons);
  evidence('threshold 100: block_reasons', other.result.block_reasons);
  evidence('one decision', one.result.decisions.at(-1));
});
