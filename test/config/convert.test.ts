import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'vitest';
import { convertConfig } from '../../src/config/convert.ts';
import { loadConfig } from '../../src/config/load.ts';
import { tempDir } from '../support/temp-dir.ts';

const FOLDER = join(import.meta.dirname, 'earlier');
const NAMES = globSync('*.yaml', { cwd: FOLDER })
  .filter((name) => !name.includes('.converted.'))
  .map((name) => basename(name, '.yaml'));
const textOf = (name: string): string => readFileSync(join(FOLDER, `${name}.yaml`), 'utf8');

function configOf(text: string) {
  const dir = tempDir('convert');
  writeFileSync(join(dir, 'x.yaml'), text);
  return loadConfig({ file: join(dir, 'x.yaml'), env: {}, cwd: dir }).config;
}

describe('a configuration of the earlier engine', () => {
  it.each(NAMES)('%s becomes what is kept beside it', (name) => {
    // Look at what changed before it is kept anew: node test/support/… writes nothing here.
    assert.equal(convertConfig(textOf(name), {}).text, textOf(`${name}.converted`));
  });

  it.each(NAMES)('%s loads', (name) => {
    const { text } = convertConfig(textOf(name), {});
    assert.equal(configOf(text).books.length, 1);
  });

  it('keeps every value in our unit', () => {
    const config = configOf(convertConfig(textOf('whole'), {}).text);
    const { broker, gates, store, api, daemon, greeks, order } = config;
    assert.equal(store.database_url, 'postgresql://trader:p%40ss%2Fword@db.lan:5433/gamma');
    assert.deepEqual(
      [broker.host, broker.port_type, broker.client_id, broker.market_data_client_id],
      ['192.168.1.9', 'gateway_paper', 7, 8],
    );
    assert.deepEqual([broker.connect_timeout_s, broker.retry_interval_s], [12, 20]);
    assert.deepEqual([api.port, daemon.heartbeat_interval_s], [8770, 15]);
    assert.deepEqual(
      [greeks.risk_free_rate, greeks.volatility, order.order_type],
      [0.045, 0.3, 'market'],
    );
    assert.equal(gates.strategy.structure.atm_band_pct, 3.5);
    assert.equal(gates.strategy.earnings.mode, 'block');
    assert.equal(gates.state.delta.threshold_hedge_shares, 30);
    assert.equal(gates.guard.risk.max_spread_pct, 0.5);
  });

  it('on real money trades nothing until its account is named', () => {
    const { text, remarks } = convertConfig(textOf('sections'), {});
    const config = configOf(text);
    assert.deepEqual([config.mode, config.live_account], ['live', 'U0000000']);
    assert.ok(remarks.some((line) => line.includes('put your account into live_account')));
    assert.deepEqual(
      [config.gates.state.delta.epsilon_band, config.gates.state.delta.max_delta_limit],
      [8, 450],
    );
    assert.ok(remarks.some((line) => line.startsWith('delta.epsilon_band is not taken over')));
    assert.ok(remarks.some((line) => line.startsWith('notify.email is not taken over')));
  });

  it('finds its database in the environment too', () => {
    const env = { PGHOST: 'db', PGUSER: 'me', PGDATABASE: 'x', PGPORT: '6000' };
    const { text } = convertConfig('symbol: SPY\n', env);
    assert.equal(configOf(text).store.database_url, 'postgresql://me@db:6000/x');
    assert.equal(configOf(convertConfig('symbol: SPY\n', {}).text).store.database_url, null);
  });

  it('whose port is of other money than it says is told so', () => {
    const { remarks } = convertConfig('ib: { port: 7496 }\n', {});
    assert.ok(remarks.some((line) => /port 7496 is that of real money/.test(line)));
  });

  it('that is none is refused', () => {
    assert.throws(() => convertConfig('- 1\n', {}), { code: 'config_invalid' });
  });
});
