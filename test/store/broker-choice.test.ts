import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { beforeAll, beforeEach, it } from 'vitest';
import { brokerPlace, createBrokerChoices } from '../../src/cli/broker-choice.ts';
import { type LoadedConfig, loadConfig } from '../../src/config/load.ts';
import { readBrokerChoice } from '../../src/store/broker-choice.ts';
import { faultOf } from '../support/fault.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const log = pino({ level: 'silent' });
let db: TestPostgres;
beforeAll(async () => {
  db = await startTestPostgres();
  return db.close;
});
beforeEach(async () => {
  await db.pool.query('delete from settings');
});

function loaded(mode: string, env: Record<string, string> = {}): LoadedConfig {
  const file = join(makeTempDir('broker-choice'), 'config.yaml');
  const account = mode === 'live' ? 'live_account: U1\nbroker: { port_type: tws_live }\n' : '';
  writeFileSync(file, `mode: ${mode}\n${account}books: [{ symbol: NVDA }]\n`);
  return loadConfig({ file, env, cwd: process.cwd() });
}

const GATEWAY = { ib_host: 'desk.example', ib_port_type: 'gateway_paper' } as const;
const CHOSEN = { host: 'desk.example', port: 4002, port_type: 'gateway_paper' } as const;

async function placeIn(config: LoadedConfig) {
  const { host, port, port_type } = await brokerPlace(config, db.url, log);
  return { host, port, port_type };
}

it('the broker that was chosen last is the one of the next start', async () => {
  const config = loaded('paper');
  const configured = await placeIn(config);
  assert.deepEqual(configured, { host: '127.0.0.1', port: 7497, port_type: 'tws_paper' });
  const choices = createBrokerChoices(config.config, db.pool);
  await choices.choose({ ...GATEWAY, ib_host: 'before.example' });
  await choices.choose(GATEWAY);
  assert.deepEqual(await placeIn(config), CHOSEN);
  assert.deepEqual(await readBrokerChoice(db.pool), GATEWAY);
});

it('the environment stands above what was chosen', async () => {
  await createBrokerChoices(loaded('paper').config, db.pool).choose(GATEWAY);
  assert.equal((await placeIn(loaded('paper', { IB_HOST: 'here' }))).host, 'here');
  assert.equal((await placeIn(loaded('paper', { IB_PORT: '4002' }))).host, '127.0.0.1');
});

it('a live broker is no choice of a paper configuration, when made and at the start', async () => {
  const paper = createBrokerChoices(loaded('paper').config, db.pool);
  const live = { ...GATEWAY, ib_port_type: 'gateway_live' } as const;
  const fault = await faultOf('conflict', () => paper.choose(live));
  assert.match(fault.message, /ib_port_type must be tws_paper, gateway_paper or custom/);
  assert.equal(await readBrokerChoice(db.pool), null);
  await createBrokerChoices(loaded('live').config, db.pool).choose(live);
  assert.equal((await placeIn(loaded('paper'))).host, '127.0.0.1');
});

it('the simulated gateway is no choice, and without a database nothing is kept', async () => {
  const simulated = createBrokerChoices(loaded('simulated').config, db.pool);
  const ours = await faultOf('conflict', () => simulated.choose(GATEWAY));
  assert.match(ours.message, /the gateway is our own/);
  const nowhere = createBrokerChoices(loaded('paper').config, null);
  await faultOf('conflict', () => nowhere.choose(GATEWAY));
  assert.equal((await brokerPlace(loaded('paper'), null, log)).host, '127.0.0.1');
});

it('what an earlier program left there and is no choice of ours is not used', async () => {
  await db.pool.query(`insert into settings (id, ib_host, ib_port_type) values (1, 'x', 'other')`);
  assert.equal(await readBrokerChoice(db.pool), null);
  assert.equal((await placeIn(loaded('paper'))).host, '127.0.0.1');
});
