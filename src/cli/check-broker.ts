/** What `bifrost check` finds at the gateway, and what each finding asks for. */

import type { LoadedConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { describeCode, isReadOnlyRefusal } from '../gateway/ib/codes.ts';
import { createLibraryClient } from '../gateway/ib/library-client.ts';
import { type Probed, type ProbedBook, probeGateway } from '../gateway/ib/probe.ts';
import { realMono, realWall } from '../runtime/real-clock.ts';
import { CLOCK_SKEW_MS } from '../runtime/trading-clock.ts';
import { type Finding, fail, ok, skip, warn } from './finding.ts';

/** Neither of the daemon's two, so that a check disturbs nobody; the largest that IB takes. */
const CLIENT_ID = 9999;
const CONNECT_MS = 5000;
const ANSWERS_MS = 8000;

const DAY_MS = 86_400_000;

const API_SETTINGS =
  'in TWS: File > Global Configuration > API > Settings, "Enable ActiveX and Socket Clients" on';

/** Asks the gateway of the configuration; the exchange of mode simulated comes with the daemon. */
export function probeConfigured({ config }: LoadedConfig): Promise<Probed> {
  const { host, port } = config.broker;
  return probeGateway({
    ...{ host, port, clientId: CLIENT_ID, connectTimeoutMs: CONNECT_MS, answersMs: ANSWERS_MS },
    books: config.books.map(({ symbol, con_id: conId, account }) => ({ symbol, conId, account })),
    mono: realMono(),
    wall: realWall(),
    createClient: createLibraryClient,
  });
}

/** Everything that one probe tells, in the order in which it has to be mended. */
export function brokerFindings(config: Config, probed: Probed): readonly Finding[] {
  if (probed.kind === 'failed') return [unreachable(config, probed.code, probed.reason)];
  const { host, port } = config.broker;
  const server = ok('gateway', `${host}:${port} answers, server version ${probed.serverVersion}`);
  return [
    server,
    login(config, probed.accounts),
    clock(probed.aheadMs),
    ...probed.books.flatMap((book) => bookFindings(config, book)),
  ];
}

function unreachable(config: Config, code: number, reason: string): Finding {
  const { port_type: type, port } = config.broker;
  const known = describeCode(code, false).operator;
  if (code === 502) {
    const start = 'start TWS or IB Gateway and log in';
    const fix = `${start}; ${API_SETTINGS}, socket port ${port} (${type})`;
    return fail('gateway', reason, fix);
  }
  if (code === 507) {
    return fail('gateway', reason, 'add this host to "Trusted IPs" there, or look for its dialog');
  }
  return fail('gateway', reason, known ?? API_SETTINGS);
}

/** The interlock: what the configuration means to trade is what the login is of. */
function login({ mode, live_account: live, books }: Config, accounts: readonly string[]): Finding {
  const list = accounts.join(', ');
  const paper = accounts.filter((account) => account.startsWith('D'));
  if (accounts.length === 0) {
    return fail('account', 'the login has no account', 'log in again, and answer its dialogs');
  }
  if (mode === 'paper' && paper.length < accounts.length) {
    const fix = 'log in to the paper account, or use its port: real money needs mode: live';
    return fail('account', `mode is paper, and the login is of ${list}`, fix);
  }
  if (mode === 'live' && (live === null || !accounts.includes(live))) {
    const fix = 'log in to that account, or name this one in live_account';
    return fail('account', `live_account is ${live}, and the login is of ${list}`, fix);
  }
  for (const { symbol, account } of books) {
    if (account === null && accounts.length > 1) {
      const fix = `set books[].account of ${symbol} to one of them`;
      return fail('account', `the login has several accounts: ${list}`, fix);
    }
    if (account !== null && !accounts.includes(account)) {
      const fix = `set books[].account of ${symbol} to one of ${list}`;
      return fail('account', `${account} of ${symbol} is not in the login`, fix);
    }
  }
  const kind = paper.length === accounts.length ? 'paper' : 'real money';
  return ok('account', `${list} (${kind}), as mode ${mode} wants it`);
}

function clock(aheadMs: number | null): Finding {
  if (aheadMs === null) return skip('clock', 'the gateway told no time');
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1);
  const says = `the broker's is ${seconds} s ${aheadMs < 0 ? 'behind' : 'ahead of'} this one`;
  const fix = 'let this host keep time by NTP: `timedatectl set-ntp true`';
  if (Math.abs(aheadMs) > DAY_MS) {
    return warn('clock', `${says}: it plays another day`, 'a TWS of IB has the time of now');
  }
  if (Math.abs(aheadMs) > CLOCK_SKEW_MS) return fail('clock', says, fix);
  // Whole seconds are told: less than one cannot be known.
  return Math.abs(aheadMs) > 1000 ? warn('clock', says, fix) : ok('clock', says);
}

function bookFindings({ mode }: Config, book: ProbedBook): readonly Finding[] {
  const { symbol, contract, problem } = book;
  if (contract === null) {
    const says = problem ?? 'the gateway does not answer';
    return [fail(`${symbol} contract`, says, `mend books[].symbol, or set books[].con_id`)];
  }
  const found = ok(`${symbol} contract`, `${contract.conId} at ${contract.exchange}`);
  return [found, data(book), orders(book, mode)];
}

const SUBSCRIBE =
  'subscribe in the Client Portal, Settings > Market Data Subscriptions, to the exchange of the ' +
  'stock and to OPRA for its options; of a paper account, share those of the real one';

function data({ symbol, data, dataReason }: ProbedBook): Finding {
  const check = `${symbol} quotes`;
  switch (data) {
    case 'live':
      return ok(check, 'live');
    case 'frozen':
      return ok(check, 'live, and frozen while the market is closed');
    case 'delayed':
      return fail(check, 'delayed: the engine does not hedge by them', SUBSCRIBE);
    case 'refused':
      return fail(check, dataReason ?? 'refused', SUBSCRIBE);
    case 'silent':
      return warn(check, 'none came within a few seconds', 'look again while the market is open');
  }
}

function orders({ symbol, orders, orderReason }: ProbedBook, mode: Config['mode']): Finding {
  const check = `${symbol} orders`;
  switch (orders) {
    case 'taken':
      return ok(check, 'a what-if of one share is taken');
    case 'refused':
      return fail(check, orderReason ?? 'refused', refusedFix(orderReason ?? '', mode));
    case 'no_answer':
      return warn(check, 'no answer to a what-if', 'does TWS show a dialog that waits?');
  }
}

function refusedFix(reason: string, mode: Config['mode']): string {
  if (isReadOnlyRefusal(321, reason)) {
    return 'in TWS: File > Global Configuration > API > Settings, "Read-Only API" off';
  }
  if (/account/i.test(reason)) return 'name an account of the login in books[].account';
  const where = mode === 'paper' ? 'the real account that the paper one belongs to' : 'the account';
  return `give ${where} permission for US stocks: Client Portal, Settings > Trading Permissions`;
}
