/**
 * What an operator asks of one book. Each command is answered at once with what was done, or would
 * be done, or why not; the daemon gathers the answers and writes them down.
 */

import { contractLabel } from '../../src/domain/contract.ts';
import type { OptionHolding } from '../../src/domain/legs.ts';
import type { BookCommand, ControlResult } from '../../src/protocol/control.ts';
import { dated } from '../../src/protocol/dated.ts';
import { ACTORS, type BookMessage } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { adoptShares } from './adopt.ts';
import { executionOf, explainBook, hedgeValue, tradingValue } from './assess.ts';
import { askAccount } from './evidence.ts';
import { previewFlatten, startFlatten } from './flatten.ts';
import { openIntent } from './hedging.ts';
import { cancelKnown } from './leftovers.ts';
import { reviewBookLegs } from './positions.ts';
import type { BookState } from './state.ts';

type Request = Extract<BookMessage, { readonly type: 'command' }>;

/** Performs a command and answers it. */
export function takeCommand(state: BookState, turn: Turn, request: Request): void {
  const result = perform(state, turn, request.control, request.origin);
  const { symbol } = state.settings;
  const { requestId } = request;
  turn.send(ACTORS.daemon, { type: 'book.answer', symbol, requestId, result });
}

function perform(
  state: BookState,
  turn: Turn,
  control: BookCommand,
  origin: string,
): ControlResult {
  switch (control.command) {
    case 'flatten':
      return flatten(state, turn, control.dry_run ?? false, origin);
    case 'hedge_now':
      return hedgeNow(state, turn, control.dry_run ?? false);
    case 'cancel_all':
      return cancelAll(state, turn);
    case 'adopt':
      return adoptShares(state, turn, control.shares, control.dry_run ?? false, origin);
    case 'legs':
      return decideLegs(state, turn, control, origin);
  }
}

function flatten(state: BookState, turn: Turn, dry: boolean, origin: string): ControlResult {
  const preview = previewFlatten(state, turn);
  const { symbol, owned, side, quantity, limit_price: price, blocked } = preview;
  const at = price === null ? '' : ` at ${price} USD`;
  const order = side === null ? `${owned} shares are ours` : `${side} ${quantity} shares${at}`;
  const waits = blocked === null ? '' : `, waits for ${blocked}`;
  if (!dry) startFlatten(state, turn, origin);
  return done(dry ? 200 : 202, `${symbol}: ${order}${waits}`, { ...preview });
}

function hedgeNow(state: BookState, turn: Turn, dry: boolean): ControlResult {
  const { symbol } = state.settings;
  if (!Number.isFinite(turn.at.trading)) return refused(`${symbol}: the time is not known yet`);
  const { assessment, wouldBeOrder } = explainBook(state, turn.at, 'hedge_now');
  const { target, blocked } = assessment;
  const detail = {
    symbol,
    net_delta: finite(assessment.netDelta),
    side: wouldBeOrder?.side ?? null,
    quantity: wouldBeOrder?.quantity ?? 0,
    limit_price: wouldBeOrder?.limitPrice ?? null,
    blocked,
  };
  const trading = tradingValue(state);
  const busy = trading === 'BOOT' || trading === 'SYNC' || executionOf(state).class !== 'E0';
  if (target === null || wouldBeOrder === null || busy) {
    const why = blocked.join(', ') || (busy ? `${trading} ${hedgeValue(state)}` : 'in_band');
    return { ...refused(`${symbol}: no hedge now: ${why}`), detail };
  }
  const { side, quantity, limitPrice } = wouldBeOrder;
  if (!dry) openIntent(state, turn, target, 'hedge_now');
  const message = `${symbol}: ${side} ${quantity} shares at ${limitPrice} USD`;
  return done(dry ? 200 : 202, message, detail);
}

/** The level takes what works off the market; a read finds what no machine works. */
function cancelAll(state: BookState, turn: Turn): ControlResult {
  const { symbol } = state.settings;
  const orderRef = executionOf(state).orderInFlight ? state.hedge.context.orderRef : null;
  cancelKnown(state, turn);
  askAccount(state, turn);
  const what = orderRef === null ? 'no order of ours is known' : `order ${orderRef} is cancelled`;
  return done(202, `${symbol}: ${what}`, { symbol, order_ref: orderRef });
}

type Legs = Extract<BookCommand, { readonly command: 'legs' }>;

function decideLegs(state: BookState, turn: Turn, control: Legs, origin: string): ControlResult {
  const { symbol, confirm, exclude } = control;
  const wanted = [
    ...(confirm === undefined ? [] : [[confirm, 'confirmed'] as const]),
    ...(exclude === undefined ? [] : [[exclude, 'excluded'] as const]),
  ];
  for (const [conId] of wanted) {
    if (state.holdings.has(conId)) continue;
    return { ...refused(`${symbol}: the account holds no option ${conId}`), detail: listed(state) };
  }
  for (const [conId, decision] of wanted) noteDecision(state, turn, conId, decision, origin);
  if (wanted.length > 0) reviewBookLegs(state, turn);
  const said = wanted.map(([conId, decision]) => `${conId} ${decision}`).join(', ');
  const members = `${state.legs.length} legs, ${state.outsiders.length} outside`;
  return done(200, `${symbol}: ${said === '' ? members : said}`, listed(state));
}

function noteDecision(
  state: BookState,
  turn: Turn,
  conId: number,
  decision: 'confirmed' | 'excluded',
  origin: string,
): void {
  const holding = state.holdings.get(conId);
  if (holding === undefined) return;
  state.membership.set(conId, decision);
  const { contract, quantity } = holding;
  const now = turn.at.trading;
  turn.fact({
    fact: 'leg',
    ...dated(turn),
    symbol: state.settings.symbol,
    account: state.account,
    contract,
    change: decision,
    quantity,
    leg: { contract, quantity, joinedAt: now, changedAt: now },
    reason: `by ${origin}`,
  });
}

function listed(state: BookState): Readonly<Record<string, unknown>> {
  const row = ({ contract, quantity }: OptionHolding, reason: string | null) => ({
    con_id: contract.conId,
    label: contractLabel(contract),
    quantity,
    reason,
  });
  return {
    symbol: state.settings.symbol,
    legs: state.legs.map((leg) => row(leg, null)),
    outside: state.outsiders.map(({ holding, reason }) => row(holding, reason)),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function done(
  status: 200 | 202,
  message: string,
  detail: Readonly<Record<string, unknown>>,
): ControlResult {
  return { ok: true, status, message, detail };
}

function refused(message: string): ControlResult {
  return { ok: false, status: 409, message };
}
