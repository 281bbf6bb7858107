/** A market-data actor over a real socket, with a board and a greeks actor that only listens. */

import { strict as assert } from 'node:assert';
import { createActor, type MarketDataArgs } from '../../../actors/market-data.ts';
import { MAX_LINES } from '../../../src/limits.ts';
import type {
  MarketCommand,
  MarketReport,
  PricingMessage,
  WatchedBook,
} from '../../../src/protocol/market.ts';
import { QUOTE, QUOTE_RECORD_LENGTH } from '../../../src/protocol/quote-board.ts';
import type { Actor } from '../../../src/runtime/actor.ts';
import { createBoardSet } from '../../../src/runtime/board.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { VirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { contextFor, Inbox } from '../../gateway/ib/support/inbox.ts';
import { SPY, SPY_PUT } from '../../gateway/ib/support/samples.ts';
import {
  CLIENT,
  type Frame,
  type Script,
  ScriptedTws,
} from '../../gateway/ib/support/scripted-tws.ts';
import { PLAIN_GREEKS } from '../../support/greeks-settings.ts';

const servers: ScriptedTws[] = [];
const actors: Actor<MarketCommand>[] = [];

/** Ends what `setUp` started; for `afterEach`. */
export async function tearDown(): Promise<void> {
  for (const actor of actors.splice(0)) await actor.stop?.();
  for (const server of servers.splice(0)) await server.stop();
}

export const T0 = 1_691_069_400;
export const BOOK: WatchedBook = {
  symbol: 'SPY',
  slot: 3,
  underlying: SPY,
  legs: [SPY_PUT],
  greeks: PLAIN_GREEKS,
  volWindowMin: 5,
  volEstimator: 'realised',
  ivMaxAgeS: 900,
};
export const OTHER_BOOK: WatchedBook = { ...BOOK, symbol: 'SPY2', slot: 5, legs: [] };

/** An actor that was told to connect. */
export async function setUp(args: Partial<MarketDataArgs> = {}, script: Script = {}) {
  // The broker's clock goes with the actor's.
  let clock = new VirtualClock(0);
  const time = (): number => T0 + Math.floor(clock.now() / 1000);
  const tws = await ScriptedTws.start({ time, ...script });
  servers.push(tws);
  const rig = await openMarket(tws.port, args);
  clock = rig.clock;
  return { tws, ...rig };
}

/** The same, opposite whatever serves that port. */
export async function openMarket(port: number, args: Partial<MarketDataArgs> = {}) {
  const clock = new VirtualClock(0);
  let frozenMs = 0;
  const mono: Clock = {
    now: () => clock.now() + frozenMs,
    setTimer: (delayMs, fire) => clock.setTimer(delayMs, fire),
  };
  const kernel = new Inbox<MarketReport>();
  const greeks = new Inbox<PricingMessage>();
  const boards = createBoardSet({ records: MAX_LINES, length: QUOTE_RECORD_LENGTH });
  const market = await createActor(contextFor(mono, { kernel, greeks }), {
    reportTo: 'kernel',
    pricingTo: 'greeks',
    quoteBoard: boards.descriptor,
    clock: 'live',
    ...args,
  });
  actors.push(market);
  const readers = new Map<number, ReturnType<typeof boards.reader>>();
  /** What the board shows of a contract now. */
  const shown = (conId: number, field: keyof typeof QUOTE): number => {
    const lines = greeks.all('watch').at(-1)?.lines ?? [];
    const strikes = greeks.all('strikes').at(-1)?.strikes ?? [];
    const strike = strikes.find(({ contract }) => contract.conId === conId);
    const line = strike?.line ?? lines.find(([id]) => id === conId)?.[1];
    assert.ok(line !== undefined, 'a watched contract');
    const reader = readers.get(line) ?? boards.reader(line);
    readers.set(line, reader);
    reader.read();
    return reader.record[QUOTE[field]] ?? Number.NaN;
  };
  const target = { host: '127.0.0.1', port, clientId: 8, connectTimeoutMs: 15_000 };
  market.receive({ type: 'link.open', target });
  /** Time goes on while the actor's thread does not run. */
  const freeze = (ms: number): void => {
    frozenMs += ms;
  };
  return { clock, freeze, kernel, greeks, market, shown };
}

/** Connected, and watching one book: the underlying on ticket 1, the put on ticket 2. */
export async function watching(args: Partial<MarketDataArgs> = {}, script: Script = {}) {
  const rig = await setUp(args, script);
  await rig.kernel.get('market.up');
  rig.market.receive({ type: 'watch', books: [BOOK] });
  await rig.tws.message(CLIENT.reqMktData, 2);
  return rig;
}

export const price = (ticket: number, tick: number, value: number, size = 0): Frame => [
  ...[1, 6, ticket, tick, value, size, 1],
];
export const halted = (ticket: number, value: number): Frame => [45, 6, ticket, 49, value];
export const dataType = (ticket: number, type: number): Frame => [58, 1, ticket, type];
export const snapshotEnd = (ticket: number): Frame => [57, 1, ticket];
export const model = (ticket: number, iv: number, delta: number): Frame => [
  ...[21, ticket, 13, 0, iv, delta, 7.5, 0, 0.01, 0.4, -0.05, 451],
];
