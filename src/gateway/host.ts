/**
 * A simulated gateway in one place: the exchange, the TWS server that clients connect to, and the
 * admin port. Whoever starts it decides in which thread it runs.
 */

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { RecordedTape } from '../domain/tape.ts';
import type { Logger } from '../log.ts';
import type { Clock } from '../runtime/clock.ts';
import { createRandom } from '../runtime/random.ts';
import { type AdminServer, startAdmin } from './sim/admin.ts';
import { createExchange, type Exchange } from './sim/exchange.ts';
import { openExchangeJournal } from './sim/exchange-journal.ts';
import type { Scenario } from './sim/scenario.ts';
import { startTwsServer } from './tws/server.ts';

export interface GatewayHostOptions {
  readonly scenario: Scenario;
  /** Needed where the scenario is a recording. */
  readonly tape?: RecordedTape;
  /** The exchange lives in its folder `exchange`. */
  readonly dataDir: string;
  readonly host: string;
  /** 0 for any that is free; likewise `adminPort`. */
  readonly port: number;
  readonly adminPort: number;
  /** The highest protocol version announced; default 178. */
  readonly cap?: number;
  readonly mono: Clock;
  readonly log: Logger;
}

export interface GatewayHost {
  readonly port: number;
  readonly adminPort: number;
  readonly exchange: Exchange;
  /** Connections of clients, logged in or not. */
  sessions(): number;
  close(): Promise<void>;
}

/** Starts all or nothing; rejects with a `Fault` such as `port_in_use`. */
export async function startGatewayHost(options: GatewayHostOptions): Promise<GatewayHost> {
  const { mono, log } = options;
  const { limits, market_data: feed } = options.scenario;
  // A night that is skipped ends as TWS's nights do: a restart, after which clients log in again
  // and find the new time.
  const night = { end: (): void => undefined };
  const exchange = await openExchange(options, () => night.end());
  const servers: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const server of servers.splice(0)) await server.close();
    exchange.close();
  };
  try {
    const tws = await startTwsServer({
      venue: exchange,
      host: options.host,
      port: options.port,
      ...(options.cap === undefined ? {} : { cap: options.cap }),
      feed,
      messagesPerSecond: limits.messages_per_s,
      linesMax: limits.lines,
      mono,
      log,
    });
    servers.push(tws);
    night.end = () => {
      log.info('closed hours are skipped; clients must log in again');
      tws.faults.disconnectAll();
    };
    const { adminPort: port } = options;
    const admin: AdminServer = await startAdmin({ exchange, port, log });
    servers.push(admin);
    exchange.start();
    log.info({ port: tws.port, adminPort: admin.port }, 'simulated gateway listens');
    const sessions = (): number => tws.sessions().length;
    return { port: tws.port, adminPort: admin.port, exchange, sessions, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openExchange(options: GatewayHostOptions, onJump: () => void): Promise<Exchange> {
  const { scenario, tape, mono, log } = options;
  const journal = openExchangeJournal(join(options.dataDir, 'exchange'));
  try {
    return await createExchange({
      scenario,
      ...(tape === undefined ? {} : { tape }),
      mono,
      random: createRandom(scenario.seed),
      journal,
      // Random, so that a fresh exchange beside an old database is taken for what it is: another.
      newExchangeId: () => scenario.exchange_id ?? randomUUID(),
      onFault: (fault) => log.error({ err: fault }, 'the market stands still'),
      onJump,
    });
  } catch (error) {
    journal.close();
    throw error;
  }
}
