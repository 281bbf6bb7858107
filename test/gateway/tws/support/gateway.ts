/** A server over a fake exchange, with a clock that a test moves. */

import {
  startTwsServer,
  type TwsServer,
  type TwsServerOptions,
} from '../../../../src/gateway/tws/server.ts';
import { createLogger } from '../../../../src/log.ts';
import { VirtualClock } from '../../../../src/runtime/virtual-clock.ts';
import { FakeVenue } from './fake-venue.ts';

export interface TestGateway {
  readonly venue: FakeVenue;
  readonly mono: VirtualClock;
  readonly server: TwsServer;
  readonly port: number;
}

export async function startGateway(options: Partial<TwsServerOptions> = {}): Promise<TestGateway> {
  const venue = new FakeVenue();
  const mono = new VirtualClock();
  const log = createLogger({ level: 'silent', pretty: false });
  const server = await startTwsServer({ venue, host: '127.0.0.1', port: 0, mono, log, ...options });
  return { venue, mono, server, port: server.port };
}
