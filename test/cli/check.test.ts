import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, onTestFinished } from 'vitest';
import { brokerFindings, probeConfigured } from '../../src/cli/check-broker.ts';
import {
  checkApiPort,
  checkCalendar,
  checkDataDir,
  checkDisk,
  checkNode,
  checkSecrets,
} from '../../src/cli/check-host.ts';
import { findRehearsal, liveSettings, rehearsalFinding } from '../../src/cli/check-live.ts';
import { countsText, type Finding, findingsText } from '../../src/cli/finding.ts';
import { calendarText, gatewayCalendar } from '../../src/cli/gateway-calendar.ts';
import { type LoadedConfig, loadConfig } from '../../src/config/load.ts';
import { startGatewayHost } from '../../src/gateway/host.ts';
import type { Probed, ProbedBook } from '../../src/gateway/ib/probe.ts';
import { loadScenario } from '../../src/gateway/sim/scenario.ts';
import { createLogger } from '../../src/log.ts';
import { packageFile } from '../../src/package.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import { startTestPostgres } from '../support/postgres.ts';
import { bifrost } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';

const log = createLogger({ level: 'silent', pretty: false });

function configOf(text: string): LoadedConfig {
  const dir = tempDir('check');
  writeFileSync(join(dir, 'x.yaml'), text, { mode: 0o600 });
  return loadConfig({ file: join(dir, 'x.yaml'), env: {}, cwd: dir });
}

const paper = (broker = '') =>
  configOf(`mode: paper\nbroker: { ${broker} }\nbooks: [{ symbol: NVDA }]\n`);

const verdicts = (findings: readonly Finding[]) =>
  findings.map(({ check, verdict }) => `${verdict} ${check}`);

describe('a gateway', () => {
  it('is asked for login, contract, quotes and orders, and nothing is traded', async () => {
    const host = await startGatewayHost({
      scenario: loadScenario(packageFile('config/scenarios/demo.yaml')),
      dataDir: tempDir('check-gateway'),
      host: '127.0.0.1',
      port: 0,
      adminPort: 0,
      mono: realMono(),
      log,
    });
    onTestFinished(() => host.close());
    const loaded = paper(`port: ${host.port}`);
    const probed = await probeConfigured(loaded);
    assert.equal(probed.kind, 'up');
    assert.deepEqual(verdicts(brokerFindings(loaded.config, probed)), [
      'ok gateway',
      'ok account',
      // The demo plays a day of its own.
      'warn clock',
      'ok NVDA contract',
      'ok NVDA quotes',
      'ok NVDA orders',
    ]);
    const ledger = await (await fetch(`http://127.0.0.1:${host.adminPort}/ledger`)).json();
    assert.deepEqual((ledger as { orders: unknown }).orders, []);

    const unknown = configOf(
      `mode: paper\nbroker: { port: ${host.port} }\nbooks: [{ symbol: NOSUCH }]\n`,
    );
    const missing = brokerFindings(unknown.config, await probeConfigured(unknown));
    assert.deepEqual(verdicts(missing).slice(3), ['fail NOSUCH contract']);
  });

  it('that is not there is status 4, and what to start is said', async () => {
    const dir = tempDir('check-none');
    const file = join(dir, 'x.yaml');
    writeFileSync(file, 'mode: paper\nbroker: { port: 1 }\nbooks: [{ symbol: NVDA }]\n');
    const env = { BIFROST_DATA_DIR: join(dir, 'data'), BIFROST_API_PORT: '0' };
    const { code, out } = await bifrost(['check', '--config', file], env);
    assert.equal(code, 4);
    assert.match(out, /^fail {2}gateway .*cannot connect to 127\.0\.0\.1:1/m);
    assert.match(out, /→ start TWS or IB Gateway and log in/);
    const skipped = await bifrost(['check', '-c', file, '--skip-ib', '--json'], env);
    assert.equal(skipped.code, 0);
    const { findings } = JSON.parse(skipped.out) as { findings: readonly Finding[] };
    assert.ok(verdicts(findings).includes('skip gateway'));
    assert.ok(verdicts(findings).includes('ok database'));
  });
});

describe('what a gateway tells', () => {
  const book: ProbedBook = {
    symbol: 'NVDA',
    contract: { conId: 1, exchange: 'NASDAQ' },
    problem: null,
    data: 'live',
    dataReason: null,
    orders: 'taken',
    orderReason: null,
  };
  const up = (over: Partial<Extract<Probed, { kind: 'up' }>> = {}): Probed => ({
    kind: 'up',
    serverVersion: 178,
    accounts: ['DU1'],
    aheadMs: 0,
    books: [book],
    ...over,
  });
  const found = (loaded: LoadedConfig, probed: Probed, check: string): Finding => {
    const finding = brokerFindings(loaded.config, probed).find((each) => each.check === check);
    assert.ok(finding !== undefined, check);
    return finding;
  };
  const live = () =>
    configOf(
      'mode: live\nlive_account: U7\nbroker: { port_type: tws_live }\nbooks: [{ symbol: NVDA }]\n',
    );

  it('is refused where mode and login are not of the same money', () => {
    const cases = [
      [paper(), ['U7'], 'fail'],
      [paper(), ['DU1', 'U7'], 'fail'],
      [paper(), ['DU1', 'DU2'], 'fail'],
      [paper(), [], 'fail'],
      [paper(), ['DU1'], 'ok'],
      [live(), ['DU1'], 'fail'],
      [live(), ['U7'], 'ok'],
    ] as const;
    for (const [loaded, accounts, verdict] of cases) {
      assert.equal(found(loaded, up({ accounts }), 'account').verdict, verdict, accounts.join());
    }
  });

  it('of quotes and orders says what to buy, permit or switch off', () => {
    const cases: readonly (readonly [Partial<ProbedBook>, string, string, RegExp | null])[] = [
      [{ data: 'frozen' }, 'quotes', 'ok', null],
      [{ data: 'delayed' }, 'quotes', 'fail', /Market Data Subscriptions/],
      [{ data: 'refused', dataReason: 'x (354)' }, 'quotes', 'fail', /OPRA/],
      [{ data: 'silent' }, 'quotes', 'warn', /market is open/],
      [{ orders: 'no_answer' }, 'orders', 'warn', /dialog/],
      [
        { orders: 'refused', orderReason: 'The API interface is currently in Read-Only mode' },
        'orders',
        'fail',
        /"Read-Only API" off/,
      ],
      [{ orders: 'refused', orderReason: 'No trading permissions' }, 'orders', 'fail', /US stocks/],
    ];
    for (const [over, check, verdict, fix] of cases) {
      const finding = found(paper(), up({ books: [{ ...book, ...over }] }), `NVDA ${check}`);
      assert.equal(finding.verdict, verdict);
      if (fix === null) assert.equal(finding.fix, null);
      else assert.match(finding.fix ?? '', fix);
    }
  });

  it('of its clock is judged as the engine judges it', () => {
    const cases = [
      [400, 'ok'],
      [-1500, 'warn'],
      [2500, 'fail'],
      [-3 * 86_400_000, 'warn'],
      [null, 'skip'],
    ] as const;
    for (const [aheadMs, verdict] of cases) {
      assert.equal(found(paper(), up({ aheadMs }), 'clock').verdict, verdict);
    }
  });
});

describe('this machine', () => {
  it('is too old, too full or not ours, and each says what to do', async () => {
    const dir = tempDir('check-host');
    assert.equal(checkNode('20.1.0', 'linux-x64').verdict, 'fail');
    assert.equal(checkNode('24.0.0', 'win32-x64').verdict, 'warn');
    assert.equal(checkNode('25.0.0', 'darwin-arm64').verdict, 'ok');
    const GIB = 1024 ** 3;
    assert.equal(checkDisk(dir, GIB - 1).verdict, 'fail');
    assert.equal(checkDisk(dir, GIB).verdict, 'warn');
    assert.equal(checkDisk(dir, 2 * GIB).verdict, 'ok');
    assert.equal(checkDataDir(join(dir, 'a/b')).verdict, 'ok');
    writeFileSync(join(dir, 'file'), '');
    assert.match(checkDataDir(join(dir, 'file/data')).fix ?? '', /BIFROST_DATA_DIR/);
    const taken = configOf(
      'mode: simulated\napi: { host: 192.0.2.1 }\nbooks: [{ symbol: NVDA }]\n',
    );
    assert.equal((await checkApiPort(taken)).verdict, 'fail');
  });

  it('keeps secrets in files that are its own', () => {
    const text = 'mode: simulated\napi: { token: abcdefghijklmnop }\nbooks: [{ symbol: NVDA }]\n';
    const dir = tempDir('check-secret');
    const file = join(dir, 'x.yaml');
    writeFileSync(file, text, { mode: 0o644 });
    assert.equal(checkSecrets(loadConfig({ file, env: {}, cwd: dir })).verdict, 'warn');
    assert.equal(checkSecrets(configOf(text)).verdict, 'ok');
    assert.match(checkSecrets(paper()).says, /none/);
  });

  it('knows the next session', () => {
    const at = (iso: string) => checkCalendar(Date.parse(iso)).says;
    assert.equal(at('2026-11-22T12:00:00Z'), 'the next session: 2026-11-23, 14:30 to 21:00 UTC');
    assert.equal(at('2026-11-27T15:00:00Z'), 'open now: 2026-11-27, 14:30 to 18:00 UTC');
    assert.match(at('2026-11-26T15:00:00Z'), /2026-11-27/);
  });
});

describe('from paper to real money', () => {
  const now = Date.parse('2026-11-23T15:00:00Z');

  it('every setting that has cost somebody money is looked at', () => {
    const careless = configOf(
      'mode: live\nlive_account: U0000000\nbroker: { deployment: paper, port_type: tws_live }\n' +
        'api: { host: 0.0.0.0 }\norder: { on_stop: leave }\nbooks: [{ symbol: NVDA }]\n' +
        'gates: { strategy: { structure: { membership: auto } } }\n',
    );
    assert.deepEqual(verdicts(liveSettings(careless, now)), [
      'fail mode',
      'warn deployment',
      'warn alerts',
      'warn api',
      'warn NVDA loss',
      'warn NVDA size',
      'warn NVDA legs',
      'warn NVDA earnings',
      'warn NVDA stop',
    ]);
    const careful = configOf(
      'mode: live\nlive_account: U7\nbroker: { port_type: tws_live }\nbooks: [{ symbol: NVDA }]\n' +
        'alerts: { webhooks: [{ name: phone, url_env: X }] }\n' +
        'gates: { strategy: { earnings: { dates: ["2027-02-24"] } }, guard: { risk: ' +
        '{ on_daily_loss: halt, max_notional_usd: 1000 } } }\n',
    );
    assert.deepEqual(
      liveSettings(careful, now).filter(({ verdict }) => verdict !== 'ok'),
      [],
    );
    assert.equal(verdicts(liveSettings(paper(), now))[0], 'fail mode');
  });

  it('the rehearsal is looked up in the history of the paper daemon', async () => {
    const { url, pool, close } = await startTestPostgres();
    onTestFinished(close);
    const day = Date.parse('2026-11-16T15:00:00Z') / 1000;
    const insert = `insert into operations (ts, type, side, quantity, price, account, symbol)
      select $1::float8 + 86400 * d + i, 'fill', 'BUY', 1, 1, $2, 'NVDA'
        from generate_series(0, $3::integer - 1) d, generate_series(1, 3) i`;
    const runs = `insert into status_history (ts, symbol, config_summary) values ($1, 'NVDA', $2)`;
    await pool.query(runs, [day, 'paper 77c0174f1a8e']);
    await pool.query(insert, [day, 'DU1', 5]);
    // Real money is no rehearsal, and the simulated exchange is none.
    await pool.query(insert, [day + 7 * 86_400, 'U7', 3]);
    await pool.query(runs, [day + 14 * 86_400, 'simulated ab19173e9954']);
    await pool.query(insert, [day + 14 * 86_400, 'DU0000001', 3]);
    const found = await findRehearsal(url, tempDir('check-rehearsal'));
    const says = '15 fills on 5 days on a paper account, the last 2026-11-20';
    assert.deepEqual([found.verdict, found.says], ['ok', says]);
    const nothing = await findRehearsal(null, tempDir('check-rehearsal'));
    assert.equal(nothing.verdict, 'warn');
  });

  it('a rehearsal counts from five days and ten fills on', () => {
    const last = '2026-11-20';
    assert.equal(rehearsalFinding({ days: 5, fills: 10, last }).verdict, 'ok');
    assert.equal(rehearsalFinding({ days: 4, fills: 99, last }).verdict, 'fail');
    assert.equal(rehearsalFinding({ days: 5, fills: 9, last }).verdict, 'fail');
    assert.match(rehearsalFinding({ days: 0, fills: 0, last: null }).says, /never/);
  });
});

describe('the calendar of the gateway', () => {
  it('names the next reset and the Sunday on which the login ends', () => {
    const windows = ['00:15-01:45', '23:45-23:50'];
    const calendar = gatewayCalendar(Date.parse('2026-11-22T05:20:00Z'), windows);
    assert.equal(calendar.resets[0]?.window, '23:45-23:50');
    assert.equal(new Date(calendar.loginEnds).toISOString(), '2026-11-22T06:00:00.000Z');
    const spring = gatewayCalendar(Date.parse('2027-03-08T12:00:00Z'), windows);
    assert.equal(new Date(spring.loginEnds).toISOString(), '2027-03-14T06:00:00.000Z');
    assert.match(calendarText(calendar), /second factor again after 2026-11-22 06:00 UTC$/);
    assert.match(
      calendarText(gatewayCalendar(Date.parse('2026-11-22T05:20:00Z'), [])),
      /no reset window/,
    );
  });
});

describe('findings', () => {
  it('stand under each other, with what mends them below', () => {
    const findings: readonly Finding[] = [
      { check: 'a', verdict: 'ok', says: 'fine', fix: null },
      { check: 'long name', verdict: 'fail', says: 'bad\nworse', fix: 'mend it' },
    ];
    assert.equal(
      findingsText(findings),
      [
        'ok    a          fine',
        'fail  long name  bad',
        '                 worse',
        '                 → mend it',
      ].join('\n'),
    );
    assert.equal(countsText(findings), '1 ok, 0 warn, 1 fail');
  });
});
