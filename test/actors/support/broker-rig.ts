/** A broker actor over a real socket, opposite a TWS that says what the test tells it to. */

import { createActor } from '../../../actors/broker.ts';
import type { VenueOrder } from '../../../src/gateway/sim/venue.ts';
import { encodeOpenOrder, encodeOrderStatus } from '../../../src/gateway/tws/encode-order.ts';
import type { BrokerCommand, BrokerReport } from '../../../src/protocol/broker.ts';
import type { Actor } from '../../../src/runtime/actor.ts';
import { VirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { contextFor, Inbox } from '../../gateway/ib/support/inbox.ts';
import { SPY, SPY_PUT } from '../../gateway/ib/support/samples.ts';
import { type Frame, type Script, ScriptedTws } from '../../gateway/ib/support/scripted-tws.ts';

const servers: ScriptedTws[] = [];
const actors: Actor<BrokerCommand>[] = [];

/** Ends what `setUp` started; for `afterEach`. */
export async function tearDown(): Promise<void> {
  for (const actor of actors.splice(0)) await actor.stop?.();
  for (const server of servers.splice(0)) await server.stop();
}

/** A broker actor that has its link, or (with `wait` false) has asked for it. */
export async function setUp(script: Script = {}, wait = true) {
  const tws = await ScriptedTws.start({ nextValidId: 29, ...script });
  servers.push(tws);
  return { tws, ...(await openBroker(tws.port, wait)) };
}

/** The same, opposite whatever serves that port. */
export async function openBroker(port: number, wait = true) {
  const clock = new VirtualClock(0);
  const inbox = new Inbox<BrokerReport>();
  const context = contextFor(clock, { kernel: inbox });
  const broker = await createActor(context, { reportTo: 'kernel' });
  actors.push(broker);
  const open = () => {
    const target = { host: '127.0.0.1', port, clientId: 7, connectTimeoutMs: 15_000 };
    broker.receive({ type: 'link.open', target });
  };
  open();
  if (wait) await inbox.get('link.up');
  return { clock, inbox, broker, open };
}

type Rig = Awaited<ReturnType<typeof setUp>>;

let settles = 0;

/** Until everything that was sent before has been handled. */
export async function settled({ tws, inbox }: Pick<Rig, 'tws' | 'inbox'>): Promise<void> {
  settles += 1;
  const ts = 1_800_000_000 + settles;
  tws.send([49, 1, ts]);
  await inbox.find((report) => report.type === 'time' && report.ts === ts * 1000);
}

/** An order as TWS lists it: open order, then its status. */
export const listed = (order: VenueOrder): Frame[] => [
  toFrame(encodeOpenOrder(178, order)),
  toFrame(encodeOrderStatus(order)),
];

export const toFrame = (message: readonly (string | number | boolean)[]): Frame =>
  message.map((field) => (typeof field === 'boolean' ? Number(field) : field));

export const position = (quantity: number): Frame => [
  ...[61, 3, 'DU1', SPY.conId, 'SPY', 'STK', '', 0, '', '', 'ARCA', 'USD', 'SPY', 'SPY'],
  ...[quantity, 451],
];

export const putPosition = (quantity: number): Frame => [
  ...[61, 3, 'DU1', SPY_PUT.conId, 'SPY', 'OPT', '20230901', 430, 'P', 100, '', 'USD'],
  ...[SPY_PUT.localSymbol, 'SPY', quantity, 512],
];
