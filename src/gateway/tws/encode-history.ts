/** Charts, tick-by-tick and symbol searches to clients. */

import type { ContractTerms } from '../../domain/contract.ts';
import type { PastTickKind, VenueBar, VenueQuote, VenueTick } from '../sim/venue.ts';
import { EXCHANGE_ZONE, formatExchangeTime } from '../sim/zoned-time.ts';
import { ascii } from './encode.ts';
import type { Field, Message } from './framing.ts';
import { SINCE } from './versions.ts';
import { SERVER } from './wire-ids.ts';

/** Last, all last, bid and ask, middle. */
export type TickKind = 1 | 2 | 3 | 4;

export function encodeBars(
  id: number,
  range: { readonly start: string; readonly end: string },
  bars: readonly VenueBar[],
  dateOf: (bar: VenueBar) => string,
): Message {
  const rows = bars.flatMap((bar) => {
    const { open, high, low, close, volume, count } = bar;
    return [dateOf(bar), open, high, low, close, volume, middleOf(bar), count];
  });
  return [SERVER.historicalData, id, range.start, range.end, bars.length, ...rows];
}

/** Another order of the fields than in the bars themselves: close before high. */
export function encodeBarUpdate(
  id: number,
  bar: VenueBar,
  dateOf: (bar: VenueBar) => string,
): Message {
  const { open, high, low, close, volume, count } = bar;
  const prices = [open, close, high, low, middleOf(bar), volume];
  return [SERVER.historicalDataUpdate, id, count, dateOf(bar), ...prices];
}

/** Five seconds that are over. */
export function encodeRealTimeBar(id: number, bar: VenueBar): Message {
  const { ts, open, high, low, close, volume, count } = bar;
  const prices = [open, high, low, close, volume, middleOf(bar)];
  return [SERVER.realTimeBar, 3, id, Math.floor(ts / 1000), ...prices, count];
}

/** From 165 on: the sessions of a stretch of time in place of its bars. */
export function encodeSchedule(
  id: number,
  sessions: readonly { readonly day: string; readonly open: number; readonly close: number }[],
): Message {
  const rows = sessions.map(({ day, open, close }) => [timeText(open), timeText(close), day]);
  const [first = [], last = []] = [rows[0], rows.at(-1)];
  const head = [id, first[0] ?? '', last[1] ?? '', EXCHANGE_ZONE, rows.length];
  return [SERVER.historicalSchedule, ...head, ...rows.flat()];
}

/** `yyyymmdd-hh:mm:ss`, of the zone that the message names. */
function timeText(ts: number): string {
  return formatExchangeTime(ts).replace(' ', '-');
}

/** Past ticks in one answer, which is the last of its request. */
export function encodePastTicks(
  id: number,
  kind: PastTickKind,
  ticks: readonly VenueTick[],
): Message {
  const { message, rowOf } = PAST_TICKS[kind];
  const rows = ticks.flatMap((tick) => [Math.floor(tick.ts / 1000), 0, ...rowOf(tick)]);
  return [message, id, ticks.length, ...rows, 1];
}

/** Behind the second and the attributes of each tick. */
const PAST_TICKS: Readonly<
  Record<PastTickKind, { message: number; rowOf: (tick: VenueTick) => readonly Field[] }>
> = {
  MIDPOINT: { message: SERVER.pastMiddles, rowOf: ({ price, size }) => [price, size] },
  BID_ASK: {
    message: SERVER.pastQuotes,
    rowOf: ({ bid, ask, bidSize, askSize }) => [bid, ask, bidSize, askSize],
  },
  TRADES: {
    message: SERVER.pastTrades,
    rowOf: ({ price, size }) => [price, size, 'SMART', ''],
  },
};

export function encodeHeadTime(id: number, time: string): Message {
  return [SERVER.headTimestamp, id, time];
}

export function encodeTickByTick(id: number, kind: TickKind, quote: VenueQuote): Message {
  const head: readonly Field[] = [SERVER.tickByTick, id, kind, Math.floor(quote.ts / 1000)];
  const { bid, ask, bidSize, askSize, last, lastSize } = quote;
  switch (kind) {
    case 1:
    case 2:
      return [...head, last, lastSize, 0, 'SMART', ''];
    case 3:
      return [...head, bid, ask, bidSize, askSize, 0];
    case 4:
      return [...head, (bid + ask) / 2];
  }
}

export function encodeSymbolSamples(
  version: number,
  id: number,
  found: readonly { readonly terms: ContractTerms; readonly hasOptions: boolean }[],
): Message {
  const message: Field[] = [SERVER.symbolSamples, id, found.length];
  for (const { terms, hasOptions } of found) {
    const { contract, longName } = terms;
    const primary = contract.secType === 'STK' ? contract.primaryExchange : contract.exchange;
    message.push(contract.conId, contract.symbol, contract.secType, primary, contract.currency);
    message.push(...(hasOptions ? [1, 'OPT'] : [0]));
    if (version >= SINCE.issuerId) message.push(ascii(longName), '');
  }
  return message;
}

/** Stands for the average by volume, which nobody computes here; −1 where there is no volume. */
function middleOf({ high, low, volume }: VenueBar): number {
  if (volume < 0) return volume;
  return Math.round(((high + low) / 2) * 1e4) / 1e4;
}
