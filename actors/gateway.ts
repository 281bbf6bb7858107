/**
 * The gateway actor: the simulated gateway in a thread of its own, so that the exchange neither
 * disturbs the engine nor shares its fate. It speaks to the engine by TCP alone, as IB would; what
 * it answers here is where it listens.
 */

import { startGatewayHost } from '../src/gateway/host.ts';
import type { Scenario } from '../src/gateway/sim/scenario.ts';
import type { Actor, ActorContext } from '../src/runtime/actor.ts';
import { defineProtocol } from '../src/runtime/protocol.ts';
import { openDataset } from '../src/store/dataset.ts';

export interface GatewayArgs {
  /** Parsed. */
  readonly scenario: Scenario;
  readonly dataDir: string;
  readonly host: string;
  /** 0 for any that is free; likewise `adminPort`. Its supervisor then notes which they are. */
  port: number;
  adminPort: number;
  /** The highest protocol version announced. */
  readonly cap?: number;
}

export interface GatewayMessage {
  readonly type: 'ports';
}

export interface GatewayPorts {
  readonly port: number;
  readonly adminPort: number;
  /** Minted once for each exchange: another id is another account. */
  readonly exchangeId: string;
}

/** Listens before it is ready; a port that is taken is its `Fault('port_in_use')`. */
export async function createActor(
  context: ActorContext,
  args: GatewayArgs,
): Promise<Actor<GatewayMessage>> {
  const { mono, log } = context;
  const { recorded } = args.scenario;
  const tape = recorded === undefined ? {} : { tape: openDataset(recorded.dir).tape() };
  const host = await startGatewayHost({ ...args, ...tape, mono, log });
  const { port, adminPort, exchange } = host;
  const ports: GatewayPorts = { port, adminPort, exchangeId: exchange.exchangeId };
  return {
    protocol: defineProtocol<GatewayMessage>({ ports: true }),
    receive(message) {
      switch (message.type) {
        case 'ports':
          return ports;
      }
    },
    stop: () => host.close(),
  };
}
