/**
 * A broker that answers by itself: what the engine sends reaches the venue, and the venue says what
 * it would say. A test chooses how it behaves, and changes that while it runs.
 */

import assert from 'node:assert/strict';
import type { BrokerCommand } from '../../../src/protocol/broker.ts';
import { SECOND } from '../../support/book.ts';
import type { World, WorldOptions } from '../../support/world.ts';
import { fill, tellPosition, working } from './hedged-book.ts';

export interface Manners {
  /** Acknowledges orders. */
  readonly acks: boolean;
  /** Shares of each order that fill at once. */
  readonly fills: number;
  /** Answers cancels, and reads. */
  readonly answers: boolean;
  /** Whether a position follows a fill. */
  readonly positions: boolean;
}

export const PROMPT: Manners = {
  ...{ acks: true, fills: Number.POSITIVE_INFINITY, answers: true, positions: true },
};
export const LAZY: Manners = { ...PROMPT, fills: 0 };
export const MUTE: Manners = { ...PROMPT, acks: false, fills: 0, answers: false };

/** What the engine asked for since last looked at, answered; types of what it was. */
export function serve(w: World, manners: Manners = PROMPT): readonly BrokerCommand['type'][] {
  const types: BrokerCommand['type'][] = [];
  // Answers make new commands; a conversation of more rounds than this is a loop.
  for (let round = 0; round < 50; round += 1) {
    const commands = w.pump();
    for (const command of commands) {
      types.push(command.type);
      answer(w, command, manners);
    }
    for (const { readId } of manners.answers ? w.reads.splice(0) : []) {
      w.report({ type: 'read.done', readId, read: w.venue.read() });
    }
    if (commands.length === 0) return types;
  }
  assert.fail('engine and broker talk without end');
}

/** Time passes, prices come in, and the broker answers. */
export function serving(w: World, seconds: number, manners: Manners = PROMPT, delta = 112): void {
  for (let quarter = 0; quarter < seconds * 4; quarter += 1) {
    serve(w, manners);
    w.advance(SECOND / 4);
    if (quarter % 4 === 3) w.evaluate({ delta });
  }
  serve(w, manners);
}

/** 112 shares are sold, and the book is calm. */
export function hedged(options: WorldOptions = {}): World {
  const w = working(options);
  fill(w, 112);
  serving(w, 6);
  assert.equal(w.book.view.stock_position, -112);
  return w;
}

function answer(w: World, command: BrokerCommand, manners: Manners): void {
  if (command.type === 'order.submit' || command.type === 'order.modify') {
    const { orderRef } = command.order;
    if (manners.acks) tellOrder(w, orderRef);
    fillSome(w, orderRef, manners);
  } else if (command.type === 'order.cancel' && manners.answers) {
    endOrder(w, command.orderRef);
  }
}

/** Says where an order stands. */
function tellOrder(w: World, orderRef: string): void {
  w.report({ type: 'order.report', order: w.venue.report(orderRef) });
}

/** Fills so many shares of what is left, and says so. */
function fillSome(w: World, orderRef: string, { fills, positions }: Manners): void {
  const { order, filled } = w.venue.get(orderRef);
  const quantity = Math.min(fills, order.quantity - filled);
  if (quantity <= 0) return;
  const execution = w.venue.fill(orderRef, quantity, w.at.trading);
  w.report({ type: 'execution', execution });
  tellOrder(w, orderRef);
  if (positions) tellPosition(w);
}

/** Somebody trades in the account by hand. Our connection hears of the position alone. */
export function tradeByHand(w: World, shares: number): void {
  w.venue.tradeByHand(shares, w.at.trading);
  tellPosition(w);
}

/** A cancel arrives: what lives is cancelled, what does not is told so. */
function endOrder(w: World, orderRef: string): void {
  const known = w.venue.orders.get(orderRef);
  const lives = known !== undefined && w.venue.live.includes(known);
  if (lives) {
    known.status = 'Cancelled';
    tellOrder(w, orderRef);
  }
  const orderId = known?.orderId ?? 0;
  w.report({ type: 'order.error', orderRef, orderId, code: lives ? 202 : 10147, message: '' });
}
