/** Ticks of market data, the messages of which there are most. */

import { DELAYED_TICKS, LIVE_TICKS } from '../tws/wire-ids.ts';
import type { Fields, WireEvent } from './fields.ts';

/** The size that comes with a price; a bid's is dropped by the library, and so it is here. */
const SIZE_OF: ReadonlyMap<number, number> = new Map([
  [LIVE_TICKS.ask, LIVE_TICKS.askSize],
  [LIVE_TICKS.last, LIVE_TICKS.lastSize],
  [DELAYED_TICKS.bid, DELAYED_TICKS.bidSize],
  [DELAYED_TICKS.ask, DELAYED_TICKS.askSize],
  [DELAYED_TICKS.last, DELAYED_TICKS.lastSize],
]);

const NO_PRICE = -1;
const NO_GREEK = -2;

/** A price, and the size beside it as an event of its own. */
export function decodeTickPrice(fields: Fields): readonly WireEvent[] {
  const kind = fields.integer();
  const ticket = fields.integer();
  const tick = fields.integer();
  const price = fields.double();
  const size = kind >= 2 ? fields.decimal() : undefined;
  const canAutoExecute = kind >= 3 ? fields.flag() : undefined;
  const told: WireEvent = { name: 'tickPrice', args: [ticket, tick, price, canAutoExecute] };
  const sizeTick = kind >= 2 ? SIZE_OF.get(tick) : undefined;
  if (sizeTick === undefined) return [told];
  return [told, { name: 'tickSize', args: [ticket, sizeTick, size] }];
}

/** An option's model; what is not computed has numbers of its own. */
export function decodeOptionTick(fields: Fields): readonly WireEvent[] {
  const value = (none: number): number | undefined => {
    const read = fields.double();
    return read === none ? undefined : read;
  };
  const ticket = fields.integer();
  const tick = fields.integer();
  const basis = fields.integer();
  const iv = value(NO_PRICE);
  const delta = value(NO_GREEK);
  const price = value(NO_PRICE);
  const dividends = value(NO_PRICE);
  const gamma = value(NO_GREEK);
  const vega = value(NO_GREEK);
  const theta = value(NO_GREEK);
  const underlying = value(NO_PRICE);
  const args = [ticket, tick, basis, iv, delta, price, dividends, gamma, vega, theta, underlying];
  return [{ name: 'tickOptionComputation', args }];
}
