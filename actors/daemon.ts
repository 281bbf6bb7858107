/**
 * The daemon decider: hosts the daemon machine, hears the broker, market data, timers and
 * commands, and hands each book what concerns it. It knows which reads make a sync complete, which
 * parts of the engine are degraded, and when a stop has reached every book.
 */

import { type DaemonEvent, type DaemonTimer, daemonState } from '../machines/daemon.ts';
import { type Effect, step } from '../machines/step.ts';
import { resetUntil } from '../src/domain/reset-window.ts';
import { STOP_BUDGET_MS } from '../src/limits.ts';
import type { BrokerReport } from '../src/protocol/broker.ts';
import { dated } from '../src/protocol/dated.ts';
import { ACTORS, bookId, type DaemonMessage } from '../src/protocol/decision.ts';
import type { Decider, Turn } from '../src/runtime/turn.ts';
import { raiseLeftLive, reviewMargin } from './daemon/account-alerts.ts';
import { takeBookRisk, tellRisks } from './daemon/account-risk.ts';
import { gatherAnswer, takeControl, takeMachineEvent } from './daemon/control.ts';
import { forgetFarms, resubscribeAfterFarms, takeFarm } from './daemon/farms.ts';
import { noteHealth, tellBooks } from './daemon/health.ts';
import { beat, bookHeartbeat } from './daemon/heartbeat.ts';
import { LEASE_TIMER, noteIdFree, noteIdInUse, standBy, takeLease } from './daemon/lease.ts';
import { openMarket, sendWatch, takeMarket } from './daemon/market.ts';
import {
  isOrderTestTimer,
  noteUnderlying,
  orderTestTimer,
  takeOrderTested,
} from './daemon/order-tests.ts';
import { takeConfig } from './daemon/reload.ts';
import { readToBooks, toBook, toBooks } from './daemon/share.ts';
import { alert, type DaemonData, symbolsOf } from './daemon/state.ts';
import { takeStorage } from './daemon/storage.ts';
import {
  ACCOUNTS_READ,
  findContracts,
  finishSync,
  isNews,
  notePosition,
  refusesLogin,
  requestSync,
  SYNC_DEADLINE_MS,
  takeAccounts,
  takeSyncRead,
} from './daemon/sync.ts';

/** Each book gives up after a minute and says so; this is for one that does not. */
const FLATTEN_DEADLINE_MS = 65_000;
/** The broker actor times its attempt out itself; this is for an actor that does not answer. */
const CONNECT_MARGIN_MS = 2000;

/** The daemon decider, with what the API may look at. */
export interface Daemon extends Decider {
  readonly data: Readonly<DaemonData>;
  /** The public `daemon_state`. */
  state(): string;
}

/** The decider that keeps `data`, as it stands. */
export function createDaemon(data: DaemonData): Daemon {
  return {
    id: ACTORS.daemon,
    data,
    state: () => daemonState(data.snapshot),
    receive: (message, turn) => receive(data, message as DaemonMessage, turn),
    digest: () => digest(data),
  };
}

function digest(data: DaemonData): string {
  const { suspended, market, sink, orderLeftLive } = data;
  return [daemonState(data.snapshot), suspended, market.up, sink, orderLeftLive].join('|');
}

function receive(data: DaemonData, message: DaemonMessage, turn: Turn): void {
  const tell = (event: DaemonEvent): void => send(data, turn, event);
  switch (message.type) {
    case 'boot':
      beat(data, turn);
      send(data, turn, { type: 'START', standby: !data.leaseHeld });
      break;
    case 'broker':
      takeReport(data, message.report, turn);
      break;
    case 'market':
      takeMarket(data, message.report, turn);
      break;
    case 'timer':
      takeTimer(data, message.name, turn);
      break;
    case 'control':
      takeControl(data, turn, message.request, message.requestId, tell);
      break;
    case 'machine.event':
      takeMachineEvent(data, turn, message, tell);
      break;
    case 'actor':
      takeActor(data, message, turn);
      break;
    case 'config.applied':
    case 'config.refused':
      takeConfig(data, message, turn);
      break;
    case 'lease':
      takeLease(data, turn, message, tell);
      break;
    case 'sink':
    case 'disk':
    case 'recorder':
    case 'tape.lost':
    case 'parity':
    case 'shadows':
      takeStorage(data, message, turn);
      break;
    case 'book.watch':
      data.watched.set(message.watch.symbol, message.watch);
      if (data.market.everUp || data.snapshot.matches({ lifecycle: 'operating' })) {
        sendWatch(data, turn);
      }
      break;
    case 'book.risk':
      takeBookRisk(data, message, turn);
      return;
    case 'book.synced':
      data.syncing.delete(message.symbol);
      finishSync(data, tell);
      break;
    case 'book.answer':
      gatherAnswer(data, turn, message);
      break;
    case 'book.flattened':
      data.flattening.delete(message.symbol);
      if (data.flattening.size === 0) send(data, turn, { type: 'flatten.ended' });
      break;
    case 'book.quiet':
      data.quiet.add(message.symbol);
      finishStop(data, turn);
      break;
  }
  noteHealth(data, (event) => send(data, turn, event));
  tellBooks(data, turn);
}

/** Steps the machine and performs what it names. */
function send(data: DaemonData, turn: Turn, event: DaemonEvent): void {
  const before = data.snapshot;
  const { snapshot, effects } = step(data.machine, before, event);
  data.snapshot = snapshot;
  const [from, to] = [JSON.stringify(before.value), JSON.stringify(snapshot.value)];
  if (from !== to) {
    data.since = turn.at.wall;
    turn.fact({
      fact: 'transition',
      ...dated(turn),
      machine: 'daemon',
      from,
      to,
      event: event.type,
    });
  }
  for (const effect of effects) perform(data, turn, effect);
}

function perform(data: DaemonData, turn: Turn, effect: Effect): void {
  const { broker } = data.config;
  switch (effect.type) {
    case 'openLink': {
      const { host, port, clientId, connectTimeoutMs } = broker;
      const target = { host, port, clientId, connectTimeoutMs };
      data.retryAt = null;
      turn.send(ACTORS.broker, { type: 'link.open', target });
      break;
    }
    case 'closeLink':
      // A link that we close is not reported lost.
      data.clientId = null;
      turn.send(ACTORS.broker, { type: 'link.close' });
      if (data.snapshot.matches({ lifecycle: 'stopped' })) {
        turn.send(ACTORS.market, { type: 'link.close' });
      }
      break;
    case 'requestSync':
      requestSync(data, turn);
      break;
    case 'resubscribe':
      openMarket(data, turn, effect.params['again'] === true);
      break;
    case 'beginStop':
      data.stoppingSince = turn.at.wall;
      // The last row says that it ended by itself.
      beat(data, turn);
      break;
    case 'admissionChanged':
      break;
    case 'startTimer':
      startTimer(data, turn, effect.params['name'] as DaemonTimer);
      break;
    case 'cancelTimer':
      turn.cancelTimer(String(effect.params['name']));
      break;
  }
}

function startTimer(data: DaemonData, turn: Turn, name: DaemonTimer): void {
  const { broker } = data.config;
  const delays: Readonly<Record<DaemonTimer, number>> = {
    connect: broker.connectTimeoutMs + CONNECT_MARGIN_MS,
    retry: broker.retryIntervalMs,
    sync: SYNC_DEADLINE_MS,
    flatten: FLATTEN_DEADLINE_MS,
    stop: STOP_BUDGET_MS.orders,
  };
  if (name === 'retry') data.retryAt = turn.at.wall + delays.retry;
  turn.startTimer(name, turn.at.mono + delays[name], 'mono');
}

function takeTimer(data: DaemonData, name: string, turn: Turn): void {
  if (name === 'heartbeat') {
    beat(data, turn);
    tellRisks(data, turn);
    const message = bookHeartbeat(data, turn.at.mono);
    for (const symbol of symbolsOf(data)) turn.send(bookId(symbol), message);
    if (data.snapshot.matches({ lifecycle: 'operating' })) findContracts(data, turn, 'failed');
    return;
  }
  if (name === 'farms') {
    resubscribeAfterFarms(data, turn);
    return;
  }
  if (isOrderTestTimer(name)) {
    orderTestTimer(data, turn, name);
    finishSync(data, (event) => send(data, turn, event));
    return;
  }
  if (name === LEASE_TIMER) {
    standBy(data, turn, (event) => send(data, turn, event));
    return;
  }
  if (name === 'stop') {
    data.orderLeftLive = data.quiet.size < data.config.books.length;
    if (data.orderLeftLive) raiseLeftLive(data, turn);
  }
  send(data, turn, { type: 'timer.elapsed', name: name as DaemonTimer });
}

function takeReport(data: DaemonData, report: BrokerReport, turn: Turn): void {
  switch (report.type) {
    case 'link.up':
      data.accounts = report.accounts;
      data.clientId = report.clientId;
      noteIdFree(data, turn);
      if (refusesLogin(data, turn)) send(data, turn, { type: 'STOP' });
      else send(data, turn, { type: 'link.up' });
      break;
    case 'link.failed':
      send(data, turn, {
        type: 'link.failed',
        code: report.code,
        reason: expected(data, turn, report.reason),
      });
      if (report.code === CLIENT_ID_IN_USE) {
        noteIdInUse(data, turn);
      }
      break;
    case 'link.lost':
      data.clientId = null;
      forgetFarms(data);
      send(data, turn, { type: 'link.lost', reason: expected(data, turn, report.reason) });
      break;
    case 'upstream.lost':
      send(data, turn, {
        type: 'upstream.lost',
        code: report.code,
        reason: expected(data, turn, 'TWS has lost its connection to IB'),
      });
      break;
    case 'upstream.restored':
      send(data, turn, { type: 'upstream.restored', dataLost: report.dataLost });
      break;
    case 'farm':
      takeFarm(data, turn, report);
      break;
    case 'time':
      data.brokerTime = report.ts;
      takeSyncRead(data, turn, (event) => send(data, turn, event));
      break;
    case 'read.done':
      if (report.readId === data.syncRead) {
        data.pendingRead = report.read;
        takeSyncRead(data, turn, (event) => send(data, turn, event));
        break;
      }
      if (report.readId === ACCOUNTS_READ || isNews(data, report.read)) {
        takeAccounts(data, turn, report.read);
      }
      // What was told while a read ran stands in its answer alone: it concerns every book.
      readToBooks(data, turn, report.readId, report.read);
      break;
    case 'read.failed':
      if (report.readId === data.syncRead) {
        send(data, turn, { type: 'sync.failed', reason: report.reason });
      } else toBook(data, turn, report.readId, report);
      break;
    case 'contract.terms':
      data.terms.set(report.terms.contract.symbol, 'found');
      toBooks(data, turn, report);
      if (report.terms.contract.secType === 'STK') {
        noteUnderlying(data, turn, report.terms.contract);
      }
      finishSync(data, (event) => send(data, turn, event));
      break;
    case 'order.tested':
      takeOrderTested(data, turn, report);
      finishSync(data, (event) => send(data, turn, event));
      break;
    case 'contract.failed':
      // Asked for again with every heartbeat; said once.
      if (data.terms.get(report.symbol) !== 'failed') {
        alert(data, turn, `no contract for ${report.symbol}: ${report.reason}`);
      }
      data.terms.set(report.symbol, 'failed');
      finishSync(data, (event) => send(data, turn, event));
      break;
    case 'account':
      data.summaries.set(report.account.account, report.account);
      reviewMargin(data, turn, report.account);
      data.accountsFetchedAt = turn.at.wall / 1000;
      turn.fact({ fact: 'account', ...dated(turn), ...report.account });
      break;
    case 'position': {
      const { position } = report;
      notePosition(data, position);
      const { account } = position;
      turn.fact({
        fact: 'positions',
        ...dated(turn),
        account,
        whole: false,
        positions: [position],
      });
      toBooks(data, turn, report);
      break;
    }
    case 'notice':
      break;
    default:
      toBooks(data, turn, report);
  }
}

/** A loss, with what is known of such losses at this time of the night. */
function expected(data: DaemonData, turn: Turn, reason: string): string {
  const until = resetUntil(data.config.broker.resetWindows ?? [], turn.at.wall);
  return until === null ? reason : `${reason}; IB's nightly reset, until ${until} New York`;
}

const CLIENT_ID_IN_USE = 326;

/** An actor that serves again has forgotten what it was told. */
function takeActor(
  data: DaemonData,
  message: Extract<DaemonMessage, { type: 'actor' }>,
  turn: Turn,
): void {
  const { id, up, reason } = message;
  if (!up) {
    data.down.set(id, reason);
    if (id === ACTORS.market) data.market = { ...data.market, up: false, reason };
    if (id === ACTORS.broker) data.clientId = null;
    if (id === ACTORS.broker) send(data, turn, { type: 'link.lost', reason });
    return;
  }
  if (!data.down.delete(id)) return;
  const isWatching = id === ACTORS.market || id === ACTORS.greeks;
  // The market-data actor tells the greeks actor what to price: first it must be there itself.
  if (isWatching && data.market.everUp && !data.down.has(ACTORS.market)) {
    data.market = { ...data.market, everUp: false };
    openMarket(data, turn, false);
  }
}

function finishStop(data: DaemonData, turn: Turn): void {
  if (!data.snapshot.matches({ lifecycle: 'stopping' })) return;
  if (data.quiet.size === data.config.books.length) send(data, turn, { type: 'stop.completed' });
}
