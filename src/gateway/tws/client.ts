/** The client being served, as the parts that answer it see it: who it is and how to tell it. */

import type { Message } from './framing.ts';
import type { TickBlock } from './tick-block.ts';

export interface Client {
  readonly clientId: number;
  /** The protocol version announced to it; every layout follows it. */
  readonly version: number;
  send(message: Message): void;
  /** Ticks of one line, whose id is given as text. */
  sendTicks(block: TickBlock, id: string): void;
  /** An error, a warning or a notice; `id` is the request's or the order's, −1 for neither. */
  error(id: number, code: number, text: string): void;
}

/** Codes this server gives by itself; those about orders come from the exchange. */
export const ERROR = {
  pacing: 100,
  tickersMax: 101,
  history: 162,
  noDefinition: 200,
  unknownTicker: 300,
  unreadable: 320,
  invalid: 321,
  processing: 322,
  clientIdInUse: 326,
  notSubscribed: 354,
  snapshotGenericTicks: 414,
  accountNeeded: 435,
  notConnected: 504,
  delayedInstead: 10167,
  tickByTick: 10189,
  delayedNotEnabled: 10168,
} as const;

/** IB's wording of a request that was read and cannot be served. */
export function invalidText(cause: string): string {
  return `Error validating request.-'bifrost' : cause - ${cause}`;
}
