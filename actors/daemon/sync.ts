/** The complete read of a (re)connect, and when it counts as complete. */

import type { PositionReport } from '../../src/protocol/broker.ts';
import { ACTORS, bookId } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/kernel.ts';
import type { SendEvent } from './control.ts';
import { type DaemonData, dated, symbolsOf } from './state.ts';

/** A sync reads six lists; TWS answers each within a second. */
export const SYNC_DEADLINE_MS = 15_000;

export function requestSync(data: DaemonData, turn: Turn): void {
  data.readCount += 1;
  data.syncRead = `sync#${data.readCount}`;
  data.readDone = false;
  data.pendingRead = null;
  data.syncing = new Set(symbolsOf(data));
  data.terms.clear();
  for (const { settings } of data.config.books) {
    const { symbol, con_id: conId } = settings;
    turn.send(ACTORS.broker, { type: 'contract.find', symbol, conId });
  }
  const deadlineMs = SYNC_DEADLINE_MS;
  turn.send(ACTORS.broker, { type: 'read', readId: data.syncRead, deadlineMs });
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
  data.positions = new Map();
  for (const position of read.positions) notePosition(data, position);
  for (const account of read.accounts) {
    data.summaries.set(account.account, account);
    turn.fact({ fact: 'account', ...dated(turn), ...account });
  }
  for (const account of data.accounts) {
    const positions = read.positions.filter((position) => position.account === account);
    turn.fact({ fact: 'positions', ...dated(turn), account, whole: true, positions });
  }
  data.accountsFetchedAt = turn.at.wall / 1000;
  const account = data.accounts.length === 1 ? (data.accounts[0] ?? '') : '';
  for (const { settings } of data.config.books) {
    if (settings.account === null && account === '') {
      const count = data.accounts.length;
      const reason = `the login has ${count} accounts: name one for ${settings.symbol}`;
      send({ type: 'sync.failed', reason });
      return;
    }
    turn.send(bookId(settings.symbol), {
      type: 'sync',
      read,
      account: settings.account ?? account,
    });
  }
}

/** A read that an outage overtook says nothing any more; while stopping it still finds orders. */
function awaitsSync({ snapshot }: DaemonData): boolean {
  return (
    snapshot.matches({ lifecycle: 'connected' }) || snapshot.matches({ lifecycle: 'stopping' })
  );
}

/** Operating begins when the read is in, every book has taken it, and every contract is known. */
export function finishSync(data: DaemonData, send: SendEvent): void {
  if (!data.snapshot.matches({ lifecycle: 'connected' })) return;
  const allTerms = symbolsOf(data).every((symbol) => data.terms.has(symbol));
  if (data.readDone && data.syncing.size === 0 && allTerms) send({ type: 'sync.done' });
}

export function notePosition(data: DaemonData, position: PositionReport): void {
  const key = `${position.account}/${position.contract.conId}`;
  if (position.quantity === 0) data.positions.delete(key);
  else data.positions.set(key, position);
}
