/** Both decoders of the broker port, fed with bytes and no socket: what each tells of them. */

import { EventName, IBApi } from '@stoqey/ib';
import { guardDecoder } from '../../../../src/gateway/ib/decoder-guard.ts';
import { encodeFrame, type Message } from '../../../../src/gateway/tws/framing.ts';
import { type PipeEvents, wireClients } from '../../../../src/gateway/wire/client.ts';
import { VirtualClock } from '../../../../src/runtime/virtual-clock.ts';

export interface Told {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** Events that are about the socket or repeat others. */
const PASSED_OVER: ReadonlySet<string> = new Set([
  EventName.all,
  EventName.connected,
  EventName.received,
  EventName.result,
  EventName.sent,
  EventName.server,
]);

const NAMES = Object.values(EventName).filter((name) => !PASSED_OVER.has(name));
/** What the library says of a message that it cannot read; its words are its own. */
const UNREADABLE = 505;

interface Internals {
  readonly controller: {
    readonly socket: {
      onData(chunk: Buffer): void;
      client: { write(bytes: Buffer): void; end(): void; destroy(): void; setNoDelay(): void };
    };
  };
}

const nothing = (): void => undefined;
const SILENT = { write: nothing, end: nothing, destroy: nothing, setNoDelay: nothing };

/** The library's decoder, as our connection uses it. */
export function toldByLibrary(version: number, chunks: readonly Buffer[]): readonly Told[] {
  const told: Told[] = [];
  const api = new IBApi({ host: 'nowhere', port: 1, clientId: 1, maxReqPerSec: 1000 });
  guardDecoder(api, () => told.push({ name: 'undecodable', args: [] }));
  for (const name of NAMES) {
    const emitter = api as unknown as {
      on(name: string, hear: (...args: unknown[]) => void): void;
    };
    emitter.on(name, (...args) => take(told, name, args));
  }
  const { socket } = (api as unknown as Internals).controller;
  socket.client = SILENT;
  socket.onData(encodeFrame([version, 'now']));
  for (const chunk of chunks) socket.onData(chunk);
  return told;
}

/** Ours. */
export function toldByWire(version: number, chunks: readonly Buffer[]): readonly Told[] {
  const told: Told[] = [];
  const pipes: PipeEvents[] = [];
  const create = wireClients((_, events) => {
    pipes.push(events);
    return { write: nothing, destroy: nothing };
  });
  const client = create({
    ...{ host: 'nowhere', port: 1, clientId: 1 },
    clock: new VirtualClock(),
    undecodable: () => told.push({ name: 'undecodable', args: [] }),
  });
  for (const name of NAMES) client.on(name, (...args) => take(told, name, args));
  client.connect();
  const [pipe] = pipes;
  pipe?.connected();
  pipe?.data(encodeFrame([version, 'now']));
  for (const chunk of chunks) pipe?.data(chunk);
  return told;
}

function take(told: Told[], name: string, args: readonly unknown[]): void {
  if (name !== EventName.error) {
    told.push({ name, args });
    return;
  }
  const [error, code, id, details] = args;
  const text = code === UNREADABLE ? '' : (error as Error).message;
  told.push({ name, args: [text, code, id, details] });
}

/**
 * What the library told, reduced to what ours tells: an order has a hundred fields, of which this
 * program wants twenty. Everything else must be equal.
 */
export function reduced(library: readonly Told[], wire: readonly Told[]): readonly Told[] {
  return library.map(({ name, args }, index) => {
    const ours = wire[index]?.args ?? [];
    return { name, args: args.map((arg, at) => project(arg, ours[at])) };
  });
}

function project(theirs: unknown, ours: unknown): unknown {
  if (!isRecord(theirs) || !isRecord(ours)) return theirs;
  const keys = Object.keys(ours);
  return Object.fromEntries(keys.map((key) => [key, project(theirs[key], ours[key])]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The frames of these messages, cut where `cuts` say. */
export function cut(messages: readonly Message[], cuts: readonly number[]): readonly Buffer[] {
  const bytes = Buffer.concat(messages.map(encodeFrame));
  const at = [...new Set(cuts.map((one) => one % (bytes.length + 1)))].sort((a, b) => a - b);
  const ends = [...at, bytes.length];
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}
