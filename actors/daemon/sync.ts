/** The complete read of a (re)connect, and when it counts as complete. */

import type { BrokerRead, PositionReport } from '../../src/protocol/broker.ts';
import { dated } from '../../src/protocol/dated.ts';
import { ACTORS, bookId } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { reviewMargin } from './account-alerts.ts';
import { askOrderTests, forgetOrderTests, orderTestsDone } from './order-tests.ts';
import { shareRead } from './share.ts';
import { alert, type DaemonData, type SendEvent, symbolsOf } from './state.ts';

/** A sync reads six lists; TWS answers each within a second. */
export const SYNC_DEADLINE_MS = 15_000;

/** Asks the broker for orders, executions and positions, of all books; an older read is void. */
export function requestSync(data: DaemonData, turn: Turn): void {
  data.readCount += 1;
  data.syncAskedAt = Number.isFinite(turn.at.trading) ? turn.at.trading : Number.NEGATIVE_INFINITY;
  data.syncRead = `sync#${data.readCount}`;
  data.readDone = false;
  data.pendingRead = null;
  data.syncing = new Set(symbolsOf(data));
  data.terms.clear();
  forgetOrderTests(data);
  findContracts(data, turn, undefined);
  const deadlineMs = SYNC_DEADLINE_MS;
  turn.send(ACTORS.broker, { type: 'read', readId: data.syncRead, deadlineMs });
}

/** A read for the eye alone: what accounts hold and are worth, as an operator asks for it. */
export function requestAccounts(turn: Turn): void {
  const deadlineMs = SYNC_DEADLINE_MS;
  turn.send(ACTORS.broker, { type: 'read', readId: ACCOUNTS_READ, deadlineMs });
}

/** Its answer. */
export const ACCOUNTS_READ = 'accounts';

/** Asks who the underlyings are that have not been asked for yet, or were not found. */
export function findContracts(data: DaemonData, turn: Turn, known: 'failed' | undefined): void {
  for (const { settings } of data.config.books) {
    const { symbol, con_id: conId } = settings;
    if (data.terms.get(symbol) !== known) continue;
    turn.send(ACTORS.broker, { type: 'contract.find', symbol, conId });
  }
}

/**
 * Hands the read to every book, each with the account that is its own. Nothing in it can be dated
 * before the broker's time is known: a read that was faster than the clock waits for it.
 */
export function takeSyncRead(data: DaemonData, turn: Turn, send: SendEvent): void {
  const read = data.pendingRead;
  if (read === null || !Number.isFinite(turn.at.trading) || !awaitsSync(data)) return;
  data.pendingRead = null;
  data.readDone = true;
  takeAccounts(data, turn, read);
  const reason = wrongLogin(data);
  if (reason !== null) {
    send({ type: 'sync.failed', reason });
    return;
  }
  const partOf = shareRead(read, symbolsOf(data));
  for (const { settings } of data.config.books) {
    const account = settings.account ?? data.accounts[0] ?? '';
    data.accountOf.set(settings.symbol, account);
    const { syncAskedAt: askedAt } = data;
    const part = partOf(settings.symbol);
    turn.send(bookId(settings.symbol), { type: 'sync', read: part, account, askedAt });
  }
  askOrderTests(data, turn);
}

/** Accounts and positions of a complete read: what is not in it, is not there. */
export function takeAccounts(data: DaemonData, turn: Turn, read: BrokerRead): void {
  data.positions = new Map();
  for (const position of read.positions) notePosition(data, position);
  for (const account of read.accounts) {
    data.summaries.set(account.account, account);
    reviewMargin(data, turn, account);
    turn.fact({ fact: 'account', ...dated(turn), ...account });
  }
  for (const account of data.accounts) {
    const positions = read.positions.filter((position) => position.account === account);
    turn.fact({ fact: 'positions', ...dated(turn), account, whole: true, positions });
  }
  data.accountsFetchedAt = turn.at.wall / 1000;
}

/** The second half of the live interlock: the login must be of the account that was named. */
export function refusesLogin(data: DaemonData, turn: Turn): boolean {
  const { mode, liveAccount } = data.config;
  if (mode !== 'live' || (liveAccount !== null && data.accounts.includes(liveAccount)))
    return false;
  data.refusal = `live_account is ${liveAccount}, but the login is of ${data.accounts.join(', ')}`;
  alert(data, turn, data.refusal);
  return true;
}

/** A book that looks at an account that is not there would be empty, and say nothing. */
function wrongLogin({ accounts, accountOf, config }: DaemonData): string | null {
  const list = accounts.join(', ');
  for (const { settings } of config.books) {
    const { symbol, account } = settings;
    if (account === null && accounts.length !== 1) {
      return `the login has ${accounts.length} accounts: name one for ${symbol}`;
    }
    const ledgerOf = accountOf.get(symbol) ?? '';
    if (account !== null && !accounts.includes(account)) {
      return `the login has ${list}, not ${account} of ${symbol}`;
    }
    if (account === null && ledgerOf !== '' && !accounts.includes(ledgerOf)) {
      const remedy = `name one for ${symbol}`;
      return `the ledger of ${symbol} is of ${ledgerOf}, the login has ${list}: ${remedy}`;
    }
  }
  return null;
}

/** A read that an outage overtook says nothing any more; while stopping it still finds orders. */
function awaitsSync({ snapshot }: DaemonData): boolean {
  return (
    snapshot.matches({ lifecycle: 'connected' }) || snapshot.matches({ lifecycle: 'stopping' })
  );
}

/** Operating begins when the read is in, each book has it, and contracts and orders are asked. */
export function finishSync(data: DaemonData, send: SendEvent): void {
  if (!data.snapshot.matches({ lifecycle: 'connected' })) return;
  const allTerms = symbolsOf(data).every((symbol) => data.terms.has(symbol));
  const isComplete = data.readDone && data.syncing.size === 0 && allTerms;
  if (isComplete && orderTestsDone(data)) send({ type: 'sync.done' });
}

/** Whether a read tells of other positions than are known. */
export function isNews({ positions }: DaemonData, read: BrokerRead): boolean {
  const told = read.positions.filter(({ quantity }) => quantity !== 0);
  return (
    told.length !== positions.size ||
    told.some((one) => positions.get(keyOf(one))?.quantity !== one.quantity)
  );
}

/** Keeps what the account holds of a contract; a quantity of zero is none. */
export function notePosition(data: DaemonData, position: PositionReport): void {
  const key = keyOf(position);
  if (position.quantity === 0) data.positions.delete(key);
  else data.positions.set(key, position);
}

function keyOf({ account, contract }: PositionReport): string {
  return `${account}/${contract.conId}`;
}
