/** The broker port as the client library serves it: a real socket to TWS or IB Gateway. */

import { EventName, IBApi } from '@stoqey/ib';
import type { ClientOptions, IbClient } from './client.ts';
import { guardDecoder } from './decoder-guard.ts';
import { prepareSocket } from './library-socket.ts';

/** The library has its own socket, throttle and timers, so nothing of the clock reaches it. */
export function createLibraryClient(options: ClientOptions): IbClient {
  const { host, port, clientId, undecodable } = options;
  // All four given, or the library reads configuration files and the environment.
  const api = new IBApi({ host, port, clientId, maxReqPerSec: 1000 });
  guardDecoder(api, undecodable);
  api.on(EventName.server, () => prepareSocket(api));
  // The library types each event apart; ours are typed by `IbEvents` and checked in conversion.
  return api as unknown as IbClient;
}
