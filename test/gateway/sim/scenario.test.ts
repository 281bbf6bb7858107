import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import { loadScenario, parseScenario } from '../../../src/gateway/sim/scenario.ts';
import { formatExchangeTime, parseZonedTime } from '../../../src/gateway/sim/zoned-time.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { openWorld, STILL } from './support/world.ts';

function failure(work: () => unknown): Fault {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof Fault);
    assert.ok(!error.message.includes('\n'));
    return error;
  }
  return assert.fail('nothing was refused');
}

describe('a scenario', () => {
  it.each(readdirSync('config/scenarios'))('%s is valid', (file) => {
    const scenario = loadScenario(join('config/scenarios', file));
    assert.ok(scenario.accounts.length > 0);
  });

  it.each([
    [{ sped: 2 }, 'sped'],
    [{ speed: 11 }, 'speed'],
    [{ speed: 2, lock_step: true }, 'lock_step'],
    [{ start: 'tomorrow' }, 'start'],
    [{ accounts: [] }, 'accounts'],
    [{ accounts: [{ id: 'me', cash: 1 }] }, 'accounts.0.id'],
    [{ underlyings: [] }, 'either underlyings or recorded'],
    [{ fills: { latency_ms: [9, 1] } }, 'fills.latency_ms'],
    [{ underlyings: [{ symbol: 'ABC', price: -1 }] }, 'underlyings.0.price'],
    [
      {
        underlyings: [
          { symbol: 'ABC', price: 1, chain: { strikes: { from: 1, to: 900, step: 1 } } },
        ],
      },
      'strikes',
    ],
  ])('with %j is refused, naming %s', (change, named) => {
    const fault = failure(() => parseScenario({ ...STILL, ...change }, 'test.yaml'));
    assert.equal(fault.code, 'config_invalid');
    assert.ok(
      fault.message.includes(named) && fault.message.startsWith('test.yaml'),
      fault.message,
    );
  });

  it('that cannot be read or is no YAML is one line', () => {
    assert.equal(failure(() => loadScenario('/nowhere.yaml')).code, 'config_unreadable');
    const file = join(tempDir('scenario'), 'bad.yaml');
    writeFileSync(file, 'seed: [1\nstart: {');
    assert.equal(failure(() => loadScenario(file)).code, 'config_invalid');
  });

  it.each([
    [{ symbol: 'XYZ', quantity: 1 }, 'XYZ is not listed'],
    [{ option: { symbol: 'ABC', dte: 5, strike: 100, right: 'C' }, quantity: 1 }, 'no options'],
    [{ option: { symbol: 'ABC', dte: 28, strike: 101, right: 'C' }, quantity: 1 }, 'no strike 101'],
  ])('whose position %j does not exist is refused', async (position, reason) => {
    const accounts = [{ id: 'DU0000001', cash: 1, positions: [position] }];
    await assert.rejects(openWorld({ scenario: { accounts } }), (error) => {
      return error instanceof Fault && error.message.includes(reason);
    });
  });

  it('gives a contract the same id in every run', async () => {
    const query = { conId: 0, symbol: 'ABC', secType: '', expiry: '', strike: 0, right: '' };
    const first = (await openWorld()).exchange.findContracts(query);
    const second = (await openWorld()).exchange.findContracts(query);
    assert.deepEqual(first, second);
  });
});

describe('a written time', () => {
  it.each([
    ['20260914 10:00:00', '2026-09-14T14:00:00Z'],
    ['2026-09-14 10:00', '2026-09-14T14:00:00Z'],
    ['20261214 10:00:00', '2026-12-14T15:00:00Z'],
    ['20260914-14:00:00', '2026-09-14T14:00:00Z'],
    ['20260914 10:00:00 US/Eastern', '2026-09-14T14:00:00Z'],
    ['20260914 10:00:00 EST', '2026-09-14T14:00:00Z'],
    ['20260914 16:00:00 Europe/Berlin', '2026-09-14T14:00:00Z'],
    ['20260914 14:00:00 UTC', '2026-09-14T14:00:00Z'],
    ['20260308 03:30:00', '2026-03-08T07:30:00Z'],
    ['20261101 12:00:00', '2026-11-01T17:00:00Z'],
  ])('%s is %s', (text, iso) => {
    assert.equal(parseZonedTime(text), Date.parse(iso));
  });

  it.each([
    '',
    'soon',
    '20260914',
    '20261314 10:00:00',
    '20260231 10:00:00',
    '20260914 25:00:00',
    '20260914 10:00:00 Mars/Olympus',
  ])('%j is none', (text) => {
    assert.equal(parseZonedTime(text), null);
  });

  it('is written as it is read', () => {
    const text = '20260914 16:04:59';
    assert.equal(formatExchangeTime(parseZonedTime(text) ?? 0), text);
  });
});
