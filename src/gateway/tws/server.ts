/**
 * The TWS server of a simulated exchange: any program that speaks the TWS API's socket protocol
 * connects here and is served as IB would serve it. Sessions share the exchange and nothing else.
 */

import { strict as assert } from 'node:assert';
import { createServer, type Server, type Socket } from 'node:net';
import { Fault } from '../../fault.ts';
import { MAX_LINES } from '../../limits.ts';
import type { Logger } from '../../log.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { ConnectionFault, Venue } from '../sim/venue.ts';
import { ERROR } from './client.ts';
import { VERSION_CAP_DEFAULT, VERSION_MAX, VERSION_MIN } from './handshake.ts';
import { Instruments } from './instruments.ts';
import type { MarketAccess, MarketFeed } from './market-lines.ts';
import { PACING_TEXT, Session, type SessionPhase } from './session.ts';
import { DELAYED_TICKS, LIVE_TICKS } from './wire-ids.ts';

export interface TwsServerOptions {
  readonly venue: Venue;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** The highest protocol version announced, 157 to 193. */
  readonly cap?: number;
  readonly feed?: MarketFeed;
  readonly outboundBytesMax?: number;
  /** Of all clients together, as at IB; default: no bound. */
  readonly messagesPerSecond?: number | null;
  /** Market-data lines of one client. */
  readonly linesMax?: number;
  readonly mono: Clock;
  readonly log: Logger;
}

interface SessionView {
  /** −1 before the login. */
  readonly clientId: number;
  readonly version: number;
  readonly phase: SessionPhase;
  readonly lines: number;
}

/** Faults of the connection itself; those of orders and quotes belong to the exchange. */
interface TwsFaults {
  /** Does what the exchange's fault says. */
  perform(fault: ConnectionFault): void;
  /** Half-open: connections stand, and nothing is read or written until it ends. */
  silence(on: boolean): void;
  /** Connections that come are reset at once. */
  refuse(on: boolean): void;
  disconnectAll(): void;
  /** A system message to every client that is logged in. */
  broadcast(code: number, text?: string): void;
}

export interface TwsServer {
  readonly port: number;
  readonly faults: TwsFaults;
  sessions(): readonly SessionView[];
  close(): Promise<void>;
}

/** Connections at once, logged in or not; IB serves 32 clients, and the rest is room to refuse. */
const CONNECTIONS_MAX = 64;
/** About 300,000 ticks that a client did not read: it is gone or stuck. */
const OUTBOUND_BYTES_MAX = 16 * 1024 * 1024;

const SYSTEM_TEXTS: ReadonlyMap<number, string> = new Map([
  [1100, 'Connectivity between IBKR and Trader Workstation has been lost.'],
  [1101, 'Connectivity between IBKR and Trader Workstation has been restored - data lost.'],
  [1102, 'Connectivity between IBKR and Trader Workstation has been restored - data maintained.'],
  [1300, 'TWS socket port has been reset and this connection is being dropped.'],
  [2103, 'Market data farm connection is broken:usfarm'],
  [2104, 'Market data farm connection is OK:usfarm'],
  [2105, 'HMDS data farm connection is broken:ushmds'],
  [2106, 'HMDS data farm connection is OK:ushmds'],
  [2107, 'HMDS data farm connection is inactive but should be available upon demand.ushmds'],
  [2108, 'Market data farm connection is inactive but should be available upon demand.usfarm'],
  [2110, 'Connectivity between Trader Workstation and server is broken. It will be restored.'],
  [2119, 'Market data farm is connecting:usfarm'],
  [2157, 'Sec-def data farm connection is broken:secdefil'],
  [2158, 'Sec-def data farm connection is OK:secdefil'],
]);

/** Listens; rejects with a fault when the port is taken. */
export async function startTwsServer(options: TwsServerOptions): Promise<TwsServer> {
  const cap = options.cap ?? VERSION_CAP_DEFAULT;
  assert(cap >= VERSION_MIN && cap <= VERSION_MAX);
  const sessions = new Set<Session>();
  const state: ServerState = {
    silent: false,
    refusing: false,
    claimed: NOBODY,
    slowMs: 0,
    readOnly: false,
  };

  const access = accessOf(options);
  const admit = createPacing(options.mono, options.messagesPerSecond ?? null);
  const accept = (socket: Socket): void => {
    if (state.refusing || sessions.size >= CONNECTIONS_MAX) {
      // The reset may fail on a connection that is gone again: then there is nothing to refuse.
      socket.on('error', () => undefined);
      socket.resetAndDestroy();
      return;
    }
    const session: Session = new Session({
      socket,
      venue: options.venue,
      versionCap: cap,
      access,
      mono: options.mono,
      log: options.log,
      outboundBytesMax: options.outboundBytesMax ?? OUTBOUND_BYTES_MAX,
      admit,
      claim: (clientId) => !isTaken(sessions, state, clientId),
      isReadOnly: () => state.readOnly,
      onClosed: () => sessions.delete(session),
    });
    sessions.add(session);
    if (state.silent) session.setSilent(true);
    session.setSlow(state.slowMs);
  };

  const server = createServer(accept);
  const port = await listen(server, options.host, options.port);
  const faults = createFaults(sessions, state);
  const unlisten = options.venue.listen((event) => {
    if (event.type === 'connection') {
      faults.perform(event.fault);
      return;
    }
    for (const session of [...sessions]) session.hear(event);
  });
  return {
    port,
    faults,
    sessions: () => [...sessions].map(viewOf),
    close: () => {
      unlisten();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of [...sessions]) session.destroy();
      return closed;
    },
  };
}

function accessOf({ venue, feed = 'live', linesMax = MAX_LINES }: TwsServerOptions): MarketAccess {
  const types = feed === 'delayed' ? DELAYED_TICKS : LIVE_TICKS;
  return { instruments: new Instruments(venue, types), feed, linesMax };
}

/** Counts messages by second; false for those above the bound. */
function createPacing(mono: Clock, max: number | null): () => boolean {
  let second = 0;
  let count = 0;
  return () => {
    if (max === null) return true;
    const now = Math.floor(mono.now() / 1000);
    count = now === second ? count + 1 : 1;
    second = now;
    return count <= max;
  };
}

interface ServerState {
  silent: boolean;
  refusing: boolean;
  /** Client ids that count as taken; null is every one. */
  claimed: ReadonlySet<number> | null;
  slowMs: number;
  readOnly: boolean;
}

const NOBODY: ReadonlySet<number> = new Set();

function createFaults(sessions: ReadonlySet<Session>, state: ServerState): TwsFaults {
  const faults: TwsFaults = {
    perform: (fault) => performFault(sessions, state, faults, fault),
    silence: (on) => {
      state.silent = on;
      for (const session of sessions) session.setSilent(on);
    },
    refuse: (on) => {
      state.refusing = on;
    },
    disconnectAll: () => {
      for (const session of [...sessions]) session.destroy();
    },
    broadcast: (code, text) => {
      const message = text ?? SYSTEM_TEXTS.get(code) ?? `System message ${code}`;
      for (const session of [...sessions]) {
        if (session.phase === 'ready') session.error(-1, code, message);
      }
    },
  };
  return faults;
}

const RESTORED_WITHOUT_DATA = 1101;
const PORT_RESET = 1300;

function performFault(
  sessions: ReadonlySet<Session>,
  state: ServerState,
  faults: TwsFaults,
  fault: ConnectionFault,
): void {
  switch (fault.kind) {
    case 'disconnect':
      faults.disconnectAll();
      return;
    case 'silence':
      faults.silence(fault.on);
      return;
    case 'refuse':
      faults.refuse(fault.on);
      return;
    case 'claim':
      state.claimed = claimedBy(fault);
      return;
    case 'read_only':
      state.readOnly = fault.on;
      return;
    case 'slow':
      state.slowMs = fault.delayMs;
      for (const session of sessions) session.setSlow(fault.delayMs);
      return;
    case 'system':
      faults.broadcast(fault.code);
      // The data are lost, and with them every subscription: who wants them must ask again.
      if (fault.code === RESTORED_WITHOUT_DATA) for (const each of sessions) each.loseLines();
      if (fault.code === PORT_RESET) endAll(sessions);
      return;
    case 'pacing':
      faults.broadcast(ERROR.pacing, PACING_TEXT);
      if (fault.disconnect) endAll(sessions);
      return;
    case 'lines':
      for (const session of sessions) session.refuseLines(fault.code);
      return;
  }
}

/** Closes behind what was said. */
function endAll(sessions: ReadonlySet<Session>): void {
  for (const session of [...sessions]) session.end();
}

function claimedBy({
  on,
  clientId,
}: Extract<ConnectionFault, { kind: 'claim' }>): ReadonlySet<number> | null {
  if (!on) return NOBODY;
  return clientId === null ? null : new Set([clientId]);
}

function isTaken(
  sessions: ReadonlySet<Session>,
  { claimed }: ServerState,
  clientId: number,
): boolean {
  if (claimed === null || claimed.has(clientId)) return true;
  for (const session of sessions) {
    if (session.phase === 'ready' && session.clientId === clientId) return true;
  }
  return false;
}

function viewOf(session: Session): SessionView {
  const { clientId, version, phase, lineCount } = session;
  return { clientId, version, phase, lines: lineCount };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const cause = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${error.code})`;
      const remedy = 'choose another port, or stop what listens there';
      reject(new Fault('port_in_use', `gateway port ${host}:${port} ${cause}`, { remedy }));
    });
    server.listen(port, host, () => {
      const address = server.address();
      assert(address !== null && typeof address === 'object');
      resolve(address.port);
    });
  });
}
