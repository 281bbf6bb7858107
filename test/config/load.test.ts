import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, it } from 'vitest';
import { stringify } from 'yaml';
import { bookSettings, configHash, type LoadedConfig, loadConfig } from '../../src/config/load.ts';
import { Fault } from '../../src/fault.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bifrost-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const MINIMAL = 'mode: simulated\nbooks:\n  - symbol: NVDA\n';

function load(text: string, env: Record<string, string> = {}): LoadedConfig {
  writeFileSync(join(folder, 'bifrost.yaml'), text);
  return loadConfig({ file: 'bifrost.yaml', env, cwd: folder });
}

function faultOf(run: () => unknown): Fault {
  try {
    run();
  } catch (thrown) {
    assert(thrown instanceof Fault, String(thrown));
    return thrown;
  }
  return assert.fail('nothing was thrown');
}

function refusal(text: string, env: Record<string, string> = {}): string {
  const fault = faultOf(() => load(text, env));
  assert.equal(fault.code, 'config_invalid');
  assert.equal(fault.exitStatus, 3);
  assert(fault.remedy !== undefined);
  return fault.message;
}

describe('a shipped configuration', () => {
  for (const name of ['demo', 'ibkr-paper', 'ibkr-live']) {
    it(`${name} is valid`, () => {
      const loaded = loadConfig({ file: `config/${name}.yaml`, env: {}, cwd: REPOSITORY });
      assert.equal(loaded.config.books[0]?.symbol, 'NVDA');
      assert.match(loaded.hash, /^[0-9a-f]{12}$/);
    });
  }

  it('is the demo when none is named, wherever the command runs', () => {
    const loaded = loadConfig({ env: {}, cwd: folder });
    assert.equal(loaded.file, join(REPOSITORY, 'config/demo.yaml'));
    assert.equal(loaded.dataDir, join(folder, 'data'));
  });
});

it.each([
  'gates: { guard: { risk: { max_daily_hedge_cost_usd: 100 } } }',
  'gates: { guard: { account: { max_daily_loss_usd: 1000, max_daily_notional_usd: 1000 } } }',
  'hedging: { eod_hedge: { at: close-15m, from: 5 } }',
  'hedging: { eod_hedge: { at: 15:50 } }',
  'hedging: { policy: whalley_wilmott, trade_to: policy, on_empty_book: flatten }',
])('a limit or policy that is set is taken: %s', (line) => {
  assert.equal(load(`${MINIMAL}${line}`).config.mode, 'simulated');
});

it.each(['25:00', 'close', 'close-10', 'open-10m'])(
  'the hedge before the night is at no such time: %s',
  (time) => {
    assert.match(refusal(`${MINIMAL}hedging: { eod_hedge: { at: '${time}' } }`), /close-10m/);
  },
);

it('a scenario is looked for here, beside the file, then in this package', () => {
  const scenarioOf = (path: string) =>
    load(`${MINIMAL}gateway: { scenario: ${path} }`).scenarioFile;
  assert.equal(scenarioOf('bifrost.yaml'), join(folder, 'bifrost.yaml'));
  assert.equal(scenarioOf('config/demo.yaml'), join(REPOSITORY, 'config/demo.yaml'));
  assert.equal(scenarioOf('absent.yaml'), join(folder, 'absent.yaml'));
});

describe('defaults', () => {
  it('are those of the specification', () => {
    const { config } = load(MINIMAL);
    assert.equal(config.broker.port, 7497);
    assert.equal(config.broker.market_data_client_id, 2);
    assert.equal(config.gates.state.delta.threshold_hedge_shares, 25);
    assert.equal(config.gates.intent.hedge.cooldown_seconds, 60);
    assert.equal(config.gates.guard.risk.max_daily_loss_usd, 5000);
    assert.equal(config.gates.guard.account.max_orders_per_minute, 30);
    assert.equal(config.daemon.heartbeat_interval_s, 10);
    assert.equal(config.store.database_url, null);
    assert.equal(config.api.port, 8765);
  });

  it('confirm legs in live mode only', () => {
    assert.equal(load(MINIMAL).config.gates.strategy.structure.membership, 'auto');
    const live = load(`${MINIMAL.replace('simulated', 'live')}live_account: U1234567
broker: { port_type: gateway_live }`);
    assert.equal(live.config.gates.strategy.structure.membership, 'confirm');
    assert.equal(live.config.broker.port, 4001);
  });

  it('stand for a section whose keys are all commented out', () => {
    assert.equal(load(`${MINIMAL}api:\n  # port: 1\n`).config.api.port, 8765);
  });

  it('name the port type of a port, and custom for any other', () => {
    assert.equal(load(`${MINIMAL}broker: { port: 4002 }`).config.broker.port_type, 'gateway_paper');
    assert.equal(load(`${MINIMAL}broker: { port: 9000 }`).config.broker.port_type, 'custom');
  });
});

describe('a mistake is told with its line', () => {
  const cases: readonly (readonly [name: string, text: string, told: RegExp])[] = [
    ['an unknown key', 'broker: { prt: 1 }', /:4: broker\.prt: .*did you mean port\?$/],
    [
      'the first word of a key',
      'gates: { intent: { hedge: { cooldown: 5 } } }',
      /did you mean cooldown_seconds\?$/,
    ],
    ['an unknown section', 'brokr: {}', /:4: brokr: is no known key; did you mean broker\?$/],
    ['a wrong type', 'api: { port: web }', /:4: api\.port: "web" .*whole number from 0 to 65535/],
    ['a fraction', 'broker: { client_id: 1.5 }', /client_id: 1\.5 .*whole number/],
    ['a value out of range', 'daemon: { heartbeat_interval_s: 4 }', /from 5 to 120/],
    ['a wrong word', 'order: { tif: GTC }', /order\.tif: "GTC" .*GTD, DAY or IOC/],
    ['a pattern', 'broker: { deployment: "a:b" }', /small letters, digits and hyphens/],
    ['NaN', 'greeks: { volatility: .nan }', /volatility: NaN is not allowed; allowed: a number/],
    ['a section that is none', 'broker: 3', /:4: broker: 3 is not allowed; allowed: the keys/],
    ['a key of the prototype', 'gates: { __proto__: { state: 1 } }', /__proto__: is no known key/],
    [
      'a webhook nowhere',
      'alerts: { webhooks: [{ name: a }] }',
      /webhooks\[0\]\.url: .*one of both$/,
    ],
    [
      'a chat of no Telegram',
      'alerts: { webhooks: [{ name: a, url: "https://a.b/T0P", chat_id: "-1" }] }',
      /chat_id: "-1" .*with format telegram and no other$/,
    ],
    [
      'a webhook twice',
      'alerts: { webhooks: [{ name: a, url_env: A }, { name: a, url_env: B }] }',
      /webhooks\[1\]\.name: "a" .*a name that no other webhook has/,
    ],
    [
      'a webhook with no web address, which is hidden',
      'alerts: { webhooks: [{ name: a, url: "ftp://T0P" }] }',
      /webhooks\[0\]\.url: the value \(hidden\) is not allowed/,
    ],
    ['ids that are equal', 'broker: { market_data_client_id: 1 }', /another id than client_id/],
    ['an id among several', 'broker: { client_id: 3, market_data_workers: 2 }', /none of the 2/],
    [
      'several market-data connections in lock-step, and recorded',
      'broker: { market_data_workers: 2, trading_clock: lockstep }\nrecorder: { enabled: true }',
      /2 .*1 while trading_clock is lockstep[\s\S]*2 .*1 while recorder.enabled/,
    ],
    ['days reversed', 'gates: { strategy: { structure: { min_dte: 40 } } }', /at most max_dte/],
    [
      'a band above its threshold',
      'gates: { state: { delta: { epsilon_band: 30 } } }',
      /epsilon_band: 30 .*at most threshold_hedge_shares \(25\)/,
    ],
    [
      'a threshold above the limit',
      'gates: { state: { delta: { threshold_hedge_shares: 501 } } }',
      /at most max_delta_limit \(500\)/,
    ],
    [
      'spreads reversed',
      'gates: { state: { liquidity: { wide_spread_pct: 1 } } }',
      /at most extreme_spread_pct \(0\.5\)/,
    ],
    [
      'a leg both included and excluded',
      'gates: { strategy: { structure: { include: [7], exclude: [7] } } }',
      /not in include \(7 is\)/,
    ],
    ['a port of another type', 'broker: { port: 1, port_type: tws_paper }', /7497 for tws_paper/],
    ['a port used twice', 'gateway: { port: 8765 }', /api\.port: 8765 .*than gateway\.port/],
    ['an ack slower than held', 'order: { ack_timeout_s: 31 }', /at most held_timeout_s/],
  ];
  for (const [name, text, told] of cases) {
    it(name, () => assert.match(refusal(`${MINIMAL}${text}\n`), told));
  }

  it('a missing mode and missing books', () => {
    const message = refusal('');
    assert.match(message, /mode: is missing; give simulated, paper or live/);
    assert.match(message, /books: is missing/);
  });

  it('live without its account, on a paper port, in lock-step', () => {
    const message = refusal(
      `${MINIMAL.replace('simulated', 'live')}broker: { trading_clock: lockstep, clock_rate: 2 }`,
    );
    assert.match(message, /live_account: null .*since mode is live/);
    assert.match(message, /broker\.port_type: "tws_paper" .*since mode is live/);
    assert.match(message, /trading_clock: "lockstep" .*unless mode is simulated/);
    assert.match(message, /clock_rate: 2 .*unless mode is simulated/);
  });

  it('paper on a live port', () => {
    const text = `${MINIMAL.replace('simulated', 'paper')}broker: { port: 7496 }`;
    assert.match(refusal(text), /tws_live.*since mode is paper/);
  });

  it('a standby without a database that the writer has too, or with an exchange of its own', () => {
    const standby = 'ha: { standby: true }\n';
    const message = refusal(`${MINIMAL}${standby}`);
    assert.match(message, /ha\.standby: true .*false in mode simulated/);
    assert.match(message, /ha\.standby: true .*a store\.database_url that both daemons use/);
    const paper = MINIMAL.replace('simulated', 'paper');
    assert.match(refusal(`${paper}${standby}store: { sink: none }\n`), /store\.sink: postgres/);
  });

  it('a book of the wrong account in live mode', () => {
    const text = `mode: live\nlive_account: U1\nbooks: [{ symbol: A, account: U2 }]\n`;
    assert.match(refusal(`${text}broker: { port_type: tws_live }`), /live_account \(U1\)/);
  });

  it('the same underlying twice', () => {
    const message = refusal('mode: simulated\nbooks:\n  - symbol: A\n  - symbol: A\n');
    assert.match(message, /:4: books\[1\]\.symbol: "A"/);
  });

  it('an override that does not fit the general value', () => {
    const message = refusal(`mode: simulated
books:
  - symbol: A
    overrides:
      gates: { state: { delta: { threshold_hedge_shares: 600 } } }
`);
    assert.match(message, /:5: books\[0\].*threshold_hedge_shares: 600 .*max_delta_limit \(500\)/);
  });

  it('a minimum-variance delta without coefficients, for all books or for one', () => {
    const mode = 'delta_mode: minimum_variance';
    const general = refusal(`${MINIMAL}greeks: { ${mode} }`);
    assert.match(general, /greeks\.minimum_variance/);
    const one = refusal(
      `mode: simulated\nbooks: [{ symbol: A, overrides: { greeks: { ${mode} } } }]`,
    );
    assert.match(one, /books\[0\]\.overrides\.greeks/);
    load(`${MINIMAL}greeks: { ${mode}, minimum_variance: { a: -0.2 } }`);
  });

  it('a curve of rates that is not in order', () => {
    const points = '[{ days: 30, rate: 0.05 }, { days: 7, rate: 0.04 }]';
    assert.match(refusal(`${MINIMAL}greeks: { rate_curve: ${points} }`), /ascending order/);
  });

  it('an override of limits over all books', () => {
    const overrides = '{ gates: { guard: { account: { max_orders_per_minute: 1 } } } }';
    const message = refusal(`mode: simulated\nbooks: [{ symbol: A, overrides: ${overrides} }]`);
    assert.match(message, /guard\.account: is no known key/);
  });

  it('wrong values and broken relations in one go, but no relation to a wrong value', () => {
    const message = refusal(`${MINIMAL}api: { port: x }
broker: { client_id: y, market_data_client_id: 1 }
gates: { state: { delta: { epsilon_band: 30 } } }
`);
    assert.match(message, /^bifrost\.yaml has 3 problems\n/);
    assert.match(message, /api\.port/);
    assert.match(message, /broker\.client_id/);
    assert.match(message, /epsilon_band/);
    assert.doesNotMatch(message, /market_data_client_id/);
  });

  it('text that is no YAML, with line and column', () => {
    assert.match(refusal('mode: simulated\n\tbooks: []\n'), /^bifrost\.yaml:2:1: is not YAML/);
    assert.match(refusal('mode: paper\nmode: live\n'), /^bifrost\.yaml:2:1: .*unique/);
    assert.match(refusal('books: *nothing\n'), /Unresolved alias/);
  });

  it('a file that is not there, or a folder', () => {
    for (const [file, told] of [
      ['absent.yaml', /absent\.yaml does not exist$/],
      ['.', /is a folder$/],
    ] as const) {
      const fault = faultOf(() => loadConfig({ file, env: {}, cwd: folder }));
      assert.equal(fault.code, 'config_unreadable');
      assert.match(fault.message, told);
    }
  });
});

describe('the environment', () => {
  it('stands over the file, and an empty variable is none', () => {
    const { config, sources } = load(`${MINIMAL}broker: { host: gw, port_type: gateway_paper }`, {
      IB_HOST: '',
      IB_PORT: '7497',
      BIFROST_API_PORT: '0',
      DATABASE_URL: 'postgresql://u@localhost/db',
    });
    assert.equal(config.broker.host, 'gw');
    assert.equal(config.broker.port, 7497);
    assert.equal(config.broker.port_type, 'tws_paper');
    assert.equal(config.api.port, 0);
    assert.equal(config.store.database_url, 'postgresql://u@localhost/db');
    assert.equal(sources.get('broker.host'), 'bifrost.yaml:4');
    assert.equal(sources.get('broker.port'), 'IB_PORT');
    assert.equal(sources.get('api.host'), 'default');
    assert.equal(sources.get('books.0.symbol'), 'bifrost.yaml:3');
  });

  it('is named where its value is wrong', () => {
    assert.match(refusal(MINIMAL, { IB_PORT: '70000' }), /^IB_PORT: broker\.port: 70000 /);
    assert.match(refusal(MINIMAL, { IB_CLIENT_ID: '1x' }), /^IB_CLIENT_ID: .*"1x"/);
  });

  it('never shows a secret', () => {
    const url = 'mysql://u:hunter2@h/db';
    const message = refusal(MINIMAL, { DATABASE_URL: url, BIFROST_API_TOKEN: 'hunter2' });
    assert.match(message, /store\.database_url: the value \(hidden\)/);
    assert.match(message, /api\.token: the value \(hidden\)/);
    assert.doesNotMatch(message, /hunter2/);
  });

  it('names the data directory', () => {
    assert.equal(load(MINIMAL, { BIFROST_DATA_DIR: 'there' }).dataDir, join(folder, 'there'));
  });
});

describe('the hash', () => {
  it('depends on effective values alone, and on no secret', () => {
    const plain = load(MINIMAL);
    const spelled = load(`books: [{ symbol: NVDA }]\nmode: simulated\napi: { port: 8765 }\n`);
    const secret = load(MINIMAL, { BIFROST_API_TOKEN: 'a-token-of-some-length' });
    const other = load(`${MINIMAL}api: { port: 8766 }`);
    assert.equal(spelled.hash, plain.hash);
    assert.equal(secret.hash, plain.hash);
    assert.notEqual(other.hash, plain.hash);
  });
});

describe('book settings', () => {
  it('are the general ones with the overrides of the book', () => {
    const { config } = load(`mode: simulated
books:
  - symbol: A
    strategy_enabled: false
    overrides:
      gates:
        intent: { hedge: { cooldown_seconds: 7 } }
        strategy: { structure: { include: [1] } }
      order: { tif: IOC }
  - symbol: B
`);
    const [first, second] = config.books;
    assert(first !== undefined && second !== undefined);
    const overridden = bookSettings(config, first);
    assert.equal(overridden.gates.intent.hedge.cooldown_seconds, 7);
    assert.equal(overridden.gates.intent.hedge.min_hedge_shares, 10);
    assert.deepEqual(overridden.gates.strategy.structure.include, [1]);
    assert.equal(overridden.order.tif, 'IOC');
    assert.equal(overridden.strategy_enabled, false);
    const plain = bookSettings(config, second);
    assert.deepEqual(plain.gates, config.gates);
    assert(Object.isFrozen(overridden) && Object.isFrozen(overridden.gates.intent.hedge));
    assert(Object.isFrozen(config.books) && Object.isFrozen(config.gates.state.delta));
  });
});

it('an effective configuration, written out, loads to itself', () => {
  const delta = fc
    .tuple(fc.integer({ min: 0, max: 100 }), fc.nat(1000), fc.nat(1000))
    .map(([epsilon, more, most]) => ({
      epsilon_band: epsilon,
      threshold_hedge_shares: epsilon + more + 1,
      max_delta_limit: epsilon + more + most + 1,
    }));
  const drawn = fc.record({
    mode: fc.constantFrom('simulated', 'paper'),
    books: fc.uniqueArray(
      fc.record({
        symbol: fc.stringMatching(/^[A-Z]{1,5}$/),
        con_id: fc.option(fc.integer({ min: 1, max: 1e9 })),
        strategy_enabled: fc.boolean(),
      }),
      { minLength: 1, maxLength: 5, selector: ({ symbol }) => symbol },
    ),
    broker: fc.record({ port: fc.integer({ min: 8000, max: 65_535 }) }),
    gates: fc.record({ state: fc.record({ delta }) }),
    api: fc.record({ port: fc.integer({ min: 0, max: 65_535 }) }),
    greeks: fc.record({ risk_free_rate: fc.double({ min: 0, max: 0.5, noNaN: true }) }),
  });
  fc.assert(
    fc.property(drawn, (value) => {
      const first = load(stringify(value));
      const again = load(stringify(structuredClone(first.config)));
      assert.deepEqual(again.config, first.config);
      assert.equal(configHash(again.config), first.hash);
    }),
    { numRuns: 50 },
  );
}, 60_000);
