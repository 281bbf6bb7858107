/**
 * Raises each alert once when it begins to hold and clears it once when it is gone: a row, an event
 * and the status tell of it. Looked at with every change that can matter, and once a second.
 */

import { BOOK_ALERTS } from '../../src/domain/alert-names.ts';
import { bookAlerts, hedgesBlind, isExposed } from '../../src/domain/alerts.ts';
import { isReadOnlyRefusal } from '../../src/gateway/ib/codes.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { executionOf, hedgeValue } from './assess.ts';
import { accountRiskOf, lossBaseOf, pnlOf } from './money.ts';
import { noteOperation } from './operations.ts';
import type { BookState } from './state.ts';
import { untoldOrder, untoldText } from './untold.ts';

const LOOK_MS = 1000;

/** The P&L that a loss limit looks at; null where one of them cannot see its own. */
function limitedPnl(state: BookState, now: number): number | null {
  const own = pnlOf(state, now);
  const limited = state.settings.gates.guard.account.max_daily_loss_usd !== null;
  return own !== null && limited ? accountRiskOf(state, now).dailyPnl : own;
}

/** Hedge states in which an order that a hedge needs is being worked, and its fate is known. */
const WORKED = new Set(['PLAN', 'SEND', 'WAIT_ACK', 'WORKING', 'PARTIAL', 'REPRICE', 'CANCEL']);

/**
 * Whether a live order excuses the exposure that it is to end: for its normal life, and anew when
 * it has moved our shares. Orders that come and go without a fill excuse nothing, and an order
 * whose fate is not known is no hedge.
 */
function isExcused(state: BookState, now: number, exposed: boolean): boolean {
  const { alerts, hedge, engine, settings, ledger } = state;
  if (!exposed) {
    alerts.excuse = null;
    return false;
  }
  const { intent, found } = hedge.context;
  if (intent === null || found || !engine.brokerUp || !WORKED.has(hedgeValue(state))) return false;
  const { owned } = ledger.sums;
  const { ack_timeout_s, reprice_after_s, max_reprices } = settings.order;
  const lifeS = 2 * ack_timeout_s + reprice_after_s * (max_reprices + 1);
  if (alerts.excuse?.owned !== owned) alerts.excuse = { owned, until: now + lifeS * 1000 };
  return now < alerts.excuse.until;
}

/** Brings the book's alerts to what holds now; called at the end of every turn. */
export function reviewAlerts(state: BookState, turn: Turn): void {
  const { assessment, alerts } = state;
  const now = turn.at.trading;
  if (assessment === null || !Number.isFinite(now)) return;
  const working = executionOf(state).orderInFlight;
  const since = (exposed: boolean, before: number | null) => (exposed ? (before ?? now) : null);
  const excused = isExcused(state, now, isExposed(assessment, false, false));
  alerts.needSince = since(isExposed(assessment, excused, false), alerts.needSince);
  alerts.forceSince = since(isExposed(assessment, excused, true), alerts.forceSince);
  const tested = `${state.orderTest?.outcome}|${hedgeValue(state)}`;
  const exposed = `${alerts.needSince}|${alerts.forceSince}|${excused}`;
  const key = `${assessment.signature}|${exposed}|${working}|${tested}`;
  if (key === alerts.key && now < alerts.dueAt && now - alerts.lookedAt < LOOK_MS) return;
  alerts.key = key;
  alerts.lookedAt = now;
  const blind = hedgesBlind(assessment, limitedPnl(state, now));
  alerts.pnlUnknownSince = since(blind, alerts.pnlUnknownSince);
  const untold = untoldOrder(state);
  const { settings, quotes, hasQuotes, legs, outsiders, ledger } = state;
  const { active, changesAt } = bookAlerts({
    now,
    settings,
    assessment,
    quotes: hasQuotes ? quotes : null,
    legs,
    outsiders,
    owned: ledger.sums.owned,
    accountShares: state.accountShares,
    execFault: state.latches.get('exec_fault') ?? null,
    missing: untold && {
      text: untoldText(settings.symbol, untold),
      values: { ...untold, symbol: settings.symbol },
    },
    orderTest: state.orderTest && {
      ...state.orderTest,
      readOnly: isReadOnlyRefusal(state.orderTest.code, state.orderTest.message),
    },
    working,
    needSince: alerts.needSince,
    forceSince: alerts.forceSince,
    pnlUnknownSince: alerts.pnlUnknownSince,
    lossBase: lossBaseOf(state, now),
  });
  for (const id of alerts.active.keys()) {
    if (active.some((one) => one.id === id)) continue;
    alerts.active.delete(id);
    noteOperation(state, turn, 'alert', { stateReason: `${id} cleared` });
  }
  for (const { id, text, values } of active) {
    const known = alerts.active.get(id);
    alerts.active.set(id, { since: known?.since ?? turn.at.wall / 1000, text, values });
    if (known !== undefined) continue;
    noteOperation(state, turn, 'alert', { stateReason: `${id}: ${BOOK_ALERTS[id]}: ${text}` });
  }
  const dueAt = excused ? Math.min(changesAt, alerts.excuse?.until ?? changesAt) : changesAt;
  if (dueAt !== alerts.dueAt) {
    alerts.dueAt = dueAt;
    if (Number.isFinite(dueAt)) turn.startTimer('alerts', dueAt, 'trading');
  }
}
