/** A book at well-known places of its way, and what the broker may say to it there. */

import assert from 'node:assert/strict';
import { afterEach } from 'vitest';
import type { BrokerOrderStatus, ExecutionReport } from '../../../src/protocol/broker.ts';
import { optionContract, SECOND } from '../../support/book.ts';
import { ACCOUNT, SHARES } from '../../support/venue.ts';
import { World, type WorldOptions } from '../../support/world.ts';

/** What the broker actor says when the ways to TWS, or to IB behind it, are gone. */
export const LOST = { type: 'link.lost', reason: 'socket closed' } as const;
export const NO_IB = { type: 'upstream.lost', code: 1100 } as const;
export const IN_USE = { type: 'link.failed', code: 326, reason: 'client id 1 is in use' } as const;

const made: World[] = [];

/** Each world of a test is run again through fresh deciders: the same turns, the same outcomes. */
export function verifyReplays(): void {
  afterEach(() => {
    for (const world of made.splice(0)) world.verifyReplay();
  });
}

export function world(options: WorldOptions = {}): World {
  return noted(new World(options));
}

/** Another process on the same journal and the same account. */
export function restarted(before: World, options: WorldOptions = {}): World {
  return noted(before.restart(options));
}

/** Synced, market data up, watching a book that is flat. */
export function watching(options: WorldOptions = {}): World {
  const w = settled(world(options), 0);
  healing(w, 1, 0);
  return w;
}

/** Synced and watching; what the session before left is on its way to be resolved. */
export function settled(w: World, delta = 112): World {
  w.sync();
  w.marketUp();
  w.evaluate({ delta });
  w.pump();
  return w;
}

/** 112 shares are sold; the broker has the order and has said nothing. */
export function sent(options: WorldOptions = {}): World {
  const w = watching(options);
  w.evaluate();
  w.pump();
  assert.equal(w.states, 'HEDGING WAIT_ACK');
  return w;
}

/** The order works. */
export function working(options: WorldOptions = {}): World {
  const w = sent(options);
  tell(w);
  assert.equal(w.states, 'HEDGING WORKING');
  return w;
}

/** The newest order's reference. */
export function orderOf(w: World): string {
  const ref = [...w.venue.orders.keys()].at(-1);
  assert(ref);
  return ref;
}

/** The broker says where the newest order stands, or claims that it stands elsewhere. */
export function tell(w: World, status?: BrokerOrderStatus): void {
  const ref = orderOf(w);
  if (status !== undefined) w.venue.get(ref).status = status;
  w.report({ type: 'order.report', order: w.venue.report(ref) });
}

/** The newest order is filled by so much; told unless `silent`. */
export function fill(w: World, quantity: number, silent = false): ExecutionReport {
  const execution = w.venue.fill(orderOf(w), quantity, w.at.trading);
  if (!silent) w.report({ type: 'execution', execution });
  return execution;
}

export function refuse(w: World, code: number): void {
  const orderRef = orderOf(w);
  const { orderId } = w.venue.get(orderRef);
  w.report({ type: 'order.error', orderRef, orderId, code, message: '' });
}

/** The venue ends the order and says so. */
export function cancelled(w: World): void {
  tell(w, 'Cancelled');
  refuse(w, 202);
}

/** The broker streams how many shares the account holds. */
export function tellPosition(w: World): void {
  const position = { account: ACCOUNT, contract: SHARES, quantity: w.venue.shares, avgCost: 450 };
  w.report({ type: 'position', position });
}

/** Time passes in which the broker answers every read at once. */
export function answering(w: World, seconds: number): void {
  for (let quarter = 0; quarter < seconds * 4; quarter += 1) {
    w.answerReads();
    w.advance(SECOND / 4);
  }
}

/** The same, with prices coming in as they are. */
export function healing(w: World, seconds: number, delta = 112): void {
  for (let second = 0; second < seconds; second += 1) {
    answering(w, 1);
    w.evaluate({ delta });
  }
}

/** Types of the commands that left for the broker, reads apart. */
export function commands(w: World): readonly string[] {
  return w
    .pump()
    .map(({ type }) => type)
    .filter((type) => type !== 'read');
}

/** What each intent came to. */
export function outcomes(w: World): readonly (string | null)[] {
  return w.facts('intent').map(({ outcome }) => outcome);
}

/** Latches that were set and cleared, in their order. */
export function latches(w: World): readonly string[] {
  return w.facts('latch').map(({ cause, set }) => `${cause} ${set}`);
}

/** Types of what left for an actor outside since last asked. */
export function typesTo(w: World, to: string): readonly string[] {
  return w.take(to).map((message) => (message as { type: string }).type);
}

function noted(w: World): World {
  made.push(w);
  return w;
}

/** Options and shares as the account holds them. */
export function tellPositions(w: World): void {
  const stock = { account: ACCOUNT, contract: SHARES, quantity: w.venue.shares, avgCost: 450 };
  const contract = optionContract();
  const option = { account: ACCOUNT, contract, quantity: w.venue.contracts, avgCost: 1000 };
  w.report({ type: 'position', position: option });
  w.report({ type: 'position', position: stock });
}

/** Short 112 shares against options that are long 112, and all of it explained. */
export function hedged(options: WorldOptions = {}): World {
  const w = sent(options);
  fill(w, 112);
  tellPositions(w);
  healing(w, 8);
  assert.equal(w.states, 'NO_TRADE FILLED');
  return w;
}

/** What became ours without an order. */
export const adjustments = (w: World) =>
  w.facts('adjustment').map(({ kind, shares, price }) => [kind, shares, price]);
