/**
 * The inspection protocol of Stately's tools over a WebSocket: every machine as an actor with its
 * definition and its state, then each event and the state behind it. What is sent is made of the
 * live feed while somebody is connected, and of nothing otherwise. What a tool sends is ignored:
 * commands have routes of their own.
 */

import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type Koa from 'koa';
import { type WebSocket, WebSocketServer } from 'ws';
import { Fault } from '../fault.ts';
import type { EngineReads, EventFeed, FeedEvent } from '../protocol/ports.ts';
import type { MachineView, TracedTransition } from '../protocol/views.ts';
import type { Clock, Timer, WallClock } from '../runtime/clock.ts';
import { type AccessRules, checkAccess, checkHost, checkWebSocketOrigin } from './access.ts';
import type { MachineDefinition } from './machine-routes.ts';
import { HttpProblem } from './problem.ts';
import { refuseSocket } from './refuse-socket.ts';

export interface InspectOptions {
  readonly reads: EngineReads;
  readonly feed: EventFeed;
  readonly definitions: (id: string) => MachineDefinition;
  readonly mono: Clock;
  readonly wall: WallClock;
}

export interface Inspectors {
  readonly size: () => number;
  close(): void;
}

/** The version of the protocol that these messages are of. */
const PROTOCOL_VERSION = '0.4.0';
const PATH = '/inspect';
const INSPECTORS_MAX = 8;
/** A tool that is further behind does not read. */
const UNSENT_BYTES_MAX = 4 * 1024 * 1024;
const INCOMING_BYTES_MAX = 64 * 1024;
/** Well below the minute after which an idle socket is dropped. */
const PING_MS = 15_000;

/** Answers upgrades of `server` to `/inspect`, behind the checks of every request. */
export function serveInspectors(
  server: Server,
  app: Koa,
  rules: AccessRules,
  options: InspectOptions,
): Inspectors {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: INCOMING_BYTES_MAX });
  const broadcast = new Broadcast(options);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    try {
      admit(request, app, rules);
      if (broadcast.size >= INSPECTORS_MAX) {
        throw new HttpProblem('too_many_streams', `${INSPECTORS_MAX} inspectors are connected`);
      }
    } catch (thrown) {
      refuseSocket(socket, thrown, PATH);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (one) => broadcast.add(one));
  });
  return { size: () => broadcast.size, close: () => broadcast.close() };
}

/** Throws what a request of the same headers would be refused with. */
function admit(request: IncomingMessage, app: Koa, rules: AccessRules): void {
  const context = app.createContext(request, new ServerResponse(request));
  const pass = (): Promise<void> => Promise.resolve();
  void checkHost(rules)(context, pass);
  void checkWebSocketOrigin()(context, pass);
  if (context.path !== PATH) {
    throw new Fault('not_found', `there is no WebSocket at ${context.path}`);
  }
  void checkAccess(rules)(context, pass);
}

/** Who is connected, and what they are told. */
class Broadcast {
  readonly #options: InspectOptions;
  readonly #alive = new Map<WebSocket, boolean>();
  /** Machines that were told of. */
  readonly #known = new Set<string>();
  /** Statecharts as they are sent, by the names of machines. */
  readonly #texts = new Map<string, string>();
  #unsubscribe: (() => void) | null = null;
  #timer: Timer | null = null;
  #count = 0;

  constructor(options: InspectOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#alive.size;
  }

  add(socket: WebSocket): void {
    this.#alive.set(socket, true);
    socket.on('pong', () => this.#alive.set(socket, true));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.#remove(socket));
    const { reads, feed, mono } = this.#options;
    for (const { id } of reads.machines()) {
      this.#known.add(id);
      send(socket, JSON.stringify(this.#actor(reads.machine(id))));
    }
    this.#unsubscribe ??= feed.subscribe((_, event) => this.#take(event));
    this.#timer ??= mono.setTimer(PING_MS, () => this.#ping());
  }

  close(): void {
    for (const socket of this.#alive.keys()) socket.terminate();
    this.#end();
  }

  #remove(socket: WebSocket): void {
    this.#alive.delete(socket);
    if (this.#alive.size === 0) this.#end();
  }

  #end(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    this.#timer?.cancel();
    this.#timer = null;
    this.#known.clear();
  }

  #ping(): void {
    for (const [socket, alive] of this.#alive) {
      if (!alive) socket.terminate();
      else {
        this.#alive.set(socket, false);
        socket.ping();
      }
    }
    this.#timer = this.#alive.size === 0 ? null : this.#again();
  }

  #again(): Timer {
    return this.#options.mono.setTimer(PING_MS, () => this.#ping());
  }

  #take(event: FeedEvent): void {
    if (event.kind !== 'transition') return;
    const machine = this.#read(event.data.machine);
    if (machine === null) return;
    if (!this.#known.has(machine.id)) {
      this.#known.add(machine.id);
      this.#tell(this.#actor(machine));
    }
    const { sent, reached } = this.#moved(event.data, machine);
    this.#tell(sent);
    this.#tell(reached);
  }

  /** An actor that was taken out of the tree is told of no more. */
  #read(id: string): MachineView | null {
    try {
      return this.#options.reads.machine(id);
    } catch (thrown) {
      if (thrown instanceof Fault) return null;
      throw thrown;
    }
  }

  #tell(message: object): void {
    const text = JSON.stringify(message);
    for (const socket of this.#alive.keys()) send(socket, text);
  }

  #actor(machine: MachineView): object {
    return {
      type: '@xstate.actor',
      name: machine.id,
      parentId: machine.parent ?? undefined,
      definition: this.#definition(machine),
      snapshot: snapshotOf(machine),
      ...this.#base(machine.id),
    };
  }

  /** The same for all machines of a name, and for all tools. */
  #definition({ id, machine: name }: MachineView): string {
    const text = this.#texts.get(name) ?? JSON.stringify(this.#options.definitions(id).json);
    this.#texts.set(name, text);
    return text;
  }

  #moved({ event }: TracedTransition, machine: MachineView) {
    const base = { event: { type: event }, ...this.#base(machine.id) };
    const sent = { type: '@xstate.event', sourceId: undefined, ...base };
    const reached = { type: '@xstate.snapshot', snapshot: snapshotOf(machine), ...base };
    return { sent, reached: { ...reached, ...this.#base(machine.id) } };
  }

  #base(sessionId: string) {
    this.#count += 1;
    return {
      id: String(this.#count),
      rootId: 'daemon',
      sessionId,
      createdAt: String(this.#options.wall.now()),
      _version: PROTOCOL_VERSION,
    };
  }
}

function snapshotOf({ value, context }: MachineView): object {
  return { status: 'active', value, context };
}

function send(socket: WebSocket, text: string): void {
  if (socket.readyState !== socket.OPEN) return;
  if (socket.bufferedAmount > UNSENT_BYTES_MAX) socket.terminate();
  else socket.send(text);
}
