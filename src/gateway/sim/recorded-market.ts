/**
 * The recorded market: plays a tape of real quotes. A bar is known at its end and stands until the
 * next; a line that has not been quoted yet shows nothing. The tape is read ahead in portions, so a
 * data set need not fit into memory.
 */

import { midOf } from '../../domain/book-quotes.ts';
import { newYorkDate } from '../../domain/calendar.ts';
import type { Contract } from '../../domain/contract.ts';
import type { RecordedTape, TapeQuote } from '../../domain/tape.ts';
import { Fault, toFault } from '../../fault.ts';
import { expiryTime, yearsUntil } from '../../pricing/time-to-expiry.ts';
import { type Market, sameQuote } from './market.ts';
import { type Carry, impliedModel } from './option-model.ts';
import { continuationOf } from './recorded-split.ts';
import type { VenueQuote } from './venue.ts';

/** Read ahead by as much tape as one portion, ms of exchange time. */
const PORTION_MS = 600_000;
/** Events held at once; a minute of the largest chain is far below. */
const BUFFER_MAX = 2_000_000;

interface Line {
  readonly contract: Contract;
  quote: VenueQuote;
  day: string;
}

/**
 * Opens a tape at `start`: everything up to then is played at once, so that each line shows what it
 * showed at that moment. Rejects with `Fault('data_unreadable')`.
 */
export async function openRecordedMarket(
  tape: RecordedTape,
  carry: Carry,
  start: number,
  modelsOptions = true,
): Promise<Market> {
  const market = createRecordedMarket(tape, modelsOptions ? carry : null);
  // The first event says where the tape begins.
  await market.prepare(0);
  while (market.nextTime() <= start) {
    const until = Math.min(start, market.nextTime() + PORTION_MS);
    await market.prepare(until);
    market.advance(until, () => undefined);
  }
  return market;
}

/** Without a carry its options have no model. */
function createRecordedMarket(tape: RecordedTape, carry: Carry | null): Market {
  const lines = new Map<number, Line>();
  for (const { contract, previousClose } of tape.instruments) {
    const quote = emptyQuote(contract.conId, previousClose);
    lines.set(contract.conId, { contract, quote, day: '' });
  }
  const modelOf = (line: Line, ts: number): VenueQuote['model'] => {
    if (carry === null || line.contract.secType === 'STK') return null;
    const underlying = lines.get(line.contract.underlyingConId);
    return underlying === undefined ? null : modelFrom(carry, line, underlying, ts);
  };
  const buffer = createBuffer(tape);

  return {
    nextTime: () => buffer.peek()?.ts ?? Number.POSITIVE_INFINITY,
    advance(ts, changed) {
      for (let event = buffer.peek(); event !== null && event.ts <= ts; event = buffer.peek()) {
        buffer.take();
        const line = lines.get(event.conId);
        if (line === undefined) continue;
        const quote = nextQuote(line, event);
        const same = sameQuote(line.quote, quote);
        line.quote = quote;
        if (!same) changed(event.conId);
      }
    },
    quote(conId, ts) {
      const line = lines.get(conId);
      return line === undefined ? null : { ...line.quote, ts, model: modelOf(line, ts) };
    },
    want: () => undefined,
    unwant: () => undefined,
    setPrice: () => false,
    split(conId, ratio, ts, changed) {
      const line = lines.get(conId);
      if (line === undefined) return false;
      splitLines(lines, line, ratio, newYorkDate(ts));
      for (const { contract } of lines.values()) changed(contract.conId);
      return true;
    },
    relist: () => undefined,
    horizon: () => buffer.horizon(),
    prepare: (to) => buffer.fill(to),
    // The tape itself is the state: it is played again up to the time when the exchange stopped.
    state: () => ({}),
  };
}

/**
 * The share as it stands is worth less, and each contract of after what the one of before was. What
 * takes nobody's place has not been quoted yet: its line has shown another contract so far.
 */
function splitLines(
  lines: ReadonlyMap<number, Line>,
  stock: Line,
  ratio: number,
  today: string,
): void {
  const options = [...lines.values()].flatMap((line) =>
    line.contract.secType === 'OPT' && line.contract.underlyingConId === stock.contract.conId
      ? [{ contract: line.contract, line, quote: line.quote }]
      : [],
  );
  stock.quote = dividedQuote(stock.quote, stock.contract.conId, ratio);
  const contracts = options.map(({ contract }) => contract);
  // What was quoted today is quoted under its new terms.
  const old = options.filter(({ line }) => line.day !== today);
  for (const { line } of old) line.quote = emptyQuote(line.contract.conId, Number.NaN);
  for (const { contract, quote } of options) {
    const next = continuationOf(contracts, contract, ratio);
    const line = lines.get(next.contract.conId);
    if (line === undefined || line.day === today) continue;
    line.quote = dividedQuote(quote, line.contract.conId, next.factor);
  }
}

function dividedQuote(quote: VenueQuote, conId: number, ratio: number): VenueQuote {
  const { bid, ask, last, close } = quote;
  const prices = { bid: bid / ratio, ask: ask / ratio, last: last / ratio, close: close / ratio };
  return { ...quote, conId, ...prices };
}

interface Buffer {
  peek(): TapeQuote | null;
  take(): void;
  horizon(): number;
  fill(to: number): Promise<void>;
}

function createBuffer(tape: RecordedTape): Buffer {
  const events = tape.events();
  const source =
    Symbol.asyncIterator in events ? events[Symbol.asyncIterator]() : events[Symbol.iterator]();
  let held: TapeQuote[] = [];
  let first = 0;
  let latest = Number.NEGATIVE_INFINITY;
  let ended = false;

  const readTo = async (to: number): Promise<void> => {
    held = held.slice(first);
    first = 0;
    while (!ended && latest <= to) {
      const step = source.next();
      // What is in memory is not waited for: a promise for each quote would cost as much as it.
      const result = step instanceof Promise ? await step : step;
      if (result.done === true) {
        ended = true;
        return;
      }
      if (result.value.ts < latest) {
        throw new Fault('data_unreadable', `the tape goes back in time at ${result.value.ts}`);
      }
      if (held.length >= BUFFER_MAX) {
        throw new Fault('data_unreadable', `more than ${BUFFER_MAX} quotes within ten minutes`);
      }
      latest = result.value.ts;
      held.push(result.value);
    }
  };

  let reading: Promise<void> = Promise.resolve();
  // Everything before the last event read is complete; its own moment may have more to come.
  const horizon = (): number => (ended ? Number.POSITIVE_INFINITY : latest - 1);
  return {
    peek: () => held[first] ?? null,
    take: () => {
      first += 1;
    },
    horizon,
    fill(to) {
      if (horizon() >= to) return Promise.resolve();
      reading = reading.then(() => (horizon() >= to ? undefined : readTo(to + PORTION_MS)));
      return reading.catch((error: unknown) => {
        throw toFault(error, 'data_unreadable');
      });
    },
  };
}

function emptyQuote(conId: number, close: number): VenueQuote {
  return {
    conId,
    bid: Number.NaN,
    ask: Number.NaN,
    last: Number.NaN,
    bidSize: 0,
    askSize: 0,
    lastSize: 0,
    close,
    volume: 0,
    halted: false,
    ts: 0,
    model: null,
  };
}

function nextQuote(line: Line, event: TapeQuote): VenueQuote {
  const before = line.quote;
  const day = newYorkDate(event.ts);
  const newDay = line.day !== '' && day !== line.day;
  line.day = day;
  return {
    ...before,
    bid: event.bid,
    ask: event.ask,
    bidSize: event.bidSize,
    askSize: event.askSize,
    last: event.last ?? before.last,
    close: newDay ? closeOf(before) : before.close,
    ts: event.ts,
  };
}

/** What a two-sided quote implies, on the underlying as it stands; the tape has no model. */
function modelFrom(carry: Carry, line: Line, underlying: Line, ts: number): VenueQuote['model'] {
  if (line.contract.secType === 'STK') return null;
  const { strike, right, expiry } = line.contract;
  const price = midOf(line.quote.bid, line.quote.ask);
  const spot = midOf(underlying.quote.bid, underlying.quote.ask);
  const years = yearsUntil(expiryTime(expiry), ts);
  if (!(price > 0 && spot > 0 && years > 0)) return null;
  return impliedModel(carry, spot, { strike, right, years }, price);
}

/** The close a new day starts with: the last trade, or the middle of the last quote. */
function closeOf(quote: VenueQuote): number {
  if (quote.last > 0) return quote.last;
  return quote.bid > 0 && quote.ask > 0 ? (quote.bid + quote.ask) / 2 : quote.close;
}
