/**
 * One client's market-data lines: what it may ask for, and where each goes. What is told on a line
 * is the same for all clients, and made elsewhere.
 */

import { sessionState } from '../../domain/calendar.ts';
import type { Venue } from '../sim/venue.ts';
import { type Client, ERROR } from './client.ts';
import { resolveContract } from './contracts.ts';
import {
  addressed,
  encodeMarketDataType,
  encodeSnapshotEnd,
  encodeTickReqParams,
  type Tick,
  tickGeneric,
  tickSize,
  tickString,
} from './encode-ticks.ts';
import type { Follower, Instruments } from './instruments.ts';
import type { WireContract } from './requests.ts';
import { GENERIC, GENERIC_TICKS } from './wire-ids.ts';

/** Which data the account of this gateway is entitled to. */
export type MarketFeed = 'live' | 'delayed';

export interface LineRequest {
  readonly id: number;
  readonly contract: WireContract;
  readonly genericTicks: string;
  readonly snapshot: boolean;
}

/** What all sessions of a server share about market data. */
export interface MarketAccess {
  readonly instruments: Instruments;
  readonly feed: MarketFeed;
  /** Lines of one client. */
  readonly linesMax: number;
}

const NOT_SUBSCRIBED = 'Requested market data is not subscribed.';
const LINE_TEXTS: ReadonlyMap<number, string> = new Map([
  [354, NOT_SUBSCRIBED],
  [10089, 'Requested market data requires additional subscription for API.'],
  [10090, 'Part of requested market data is not subscribed.'],
  [10091, 'Part of requested market data requires additional subscription for API.'],
  [10167, `${NOT_SUBSCRIBED} Displaying delayed market data.`],
  [10168, `${NOT_SUBSCRIBED} Delayed market data is not enabled.`],
  [10186, `${NOT_SUBSCRIBED} Delayed market data is not enabled.`],
  [10197, 'No market data during competing live session'],
]);
/** Codes after which ticks still flow. */
const DEGRADING: ReadonlySet<number> = new Set([10090, 10091, 10167]);

export class MarketLines {
  readonly #venue: Venue;
  readonly #client: Client;
  readonly #access: MarketAccess;
  /** What ends each. */
  readonly #lines = new Map<number, () => void>();
  /** What the client asked for: 1 live, 2 frozen, 3 delayed, 4 delayed and frozen. */
  #wantedType = 1;

  constructor(venue: Venue, client: Client, access: MarketAccess) {
    this.#venue = venue;
    this.#client = client;
    this.#access = access;
  }

  get count(): number {
    return this.#lines.size;
  }

  /** Holds for the lines that are asked for after it. */
  setMarketDataType(marketDataType: number): void {
    this.#wantedType = marketDataType;
  }

  subscribe(request: LineRequest): void {
    const { id, snapshot } = request;
    const refusal = this.#refusal(request);
    if (refusal !== null) {
      this.#client.error(id, refusal.code, refusal.text);
      return;
    }
    const resolution = resolveContract(this.#venue, request.contract);
    if (resolution.kind === 'missing') {
      this.#client.error(id, ERROR.noDefinition, resolution.text);
      return;
    }
    const { contract, minTick } = resolution.terms;
    const quote = this.#venue.quote(contract.conId);
    if (quote === null) {
      this.#client.error(id, ERROR.notSubscribed, NOT_SUBSCRIBED);
      return;
    }

    const { feed, instruments } = this.#access;
    const delayed = feed === 'delayed';
    if (delayed) {
      const text = `${NOT_SUBSCRIBED} Displaying delayed market data.`;
      this.#client.error(id, ERROR.delayedInstead, text);
    }
    this.#client.send(encodeTickReqParams(id, minTick, contract.exchange));
    this.#client.send(encodeMarketDataType(id, this.#typeShown()));
    const generic = new Set(request.genericTicks.split(',').map((tick) => Number(tick.trim())));
    const follower = this.#follower(id, generic.has(GENERIC.mark));
    if (snapshot) {
      // A line that is dead does not even end: it is for the client to notice.
      if (quote.silent === true) return;
      instruments.show(contract.conId, follower);
      this.#client.send(encodeSnapshotEnd(id));
      return;
    }
    this.#tellStatistics(id, contract.conId, generic);
    this.#lines.set(id, instruments.follow(contract.conId, follower));
  }

  cancel(id: number): void {
    const stop = this.#lines.get(id);
    if (stop === undefined) {
      this.#client.error(id, ERROR.unknownTicker, `Can't find EId with tickerId:${id}`);
      return;
    }
    this.#lines.delete(id);
    stop();
  }

  close(): void {
    for (const stop of this.#lines.values()) stop();
    this.#lines.clear();
  }

  /** What happens to rights while lines run; those that only degrade keep the line. */
  refuseAll(code: number): void {
    for (const [id, stop] of [...this.#lines]) {
      this.#client.error(id, code, LINE_TEXTS.get(code) ?? `Market data: code ${code}`);
      if (DEGRADING.has(code)) continue;
      this.#lines.delete(id);
      stop();
    }
  }

  /** Frozen is what stands after the close, and only for a client that asked for it. */
  #typeShown(): number {
    const live = this.#access.feed === 'delayed' ? 3 : 1;
    const wantsFrozen = this.#wantedType === 2 || this.#wantedType === 4;
    return wantsFrozen && sessionState(this.#venue.now()).state !== 'open' ? live + 1 : live;
  }

  #follower(id: number, wantsMark: boolean): Follower {
    const client = this.#client;
    const text = String(id);
    return { wantsMark, tell: (block) => client.sendTicks(block, text) };
  }

  /** Of the past and of the next twelve months, then the next one's day and amount. */
  #tellDividends(id: number, conId: number): void {
    const dividends = this.#venue.research?.dividends(conId) ?? null;
    if (dividends === null) return;
    const { past12Months, next12Months, nextDate, nextAmount } = dividends;
    const next = nextDate === '' ? [nextDate, ''] : [nextDate, nextAmount];
    const text = [past12Months, next12Months, ...next].join(',');
    this.#client.send(addressed(tickString(GENERIC_TICKS.dividends, text), id));
  }

  #refusal({ id, genericTicks, snapshot }: LineRequest): { code: number; text: string } | null {
    if (this.#lines.has(id)) {
      const text = 'Error processing request.-Duplicate ticker id';
      return { code: ERROR.processing, text };
    }
    if (this.#lines.size >= this.#access.linesMax) {
      return { code: ERROR.tickersMax, text: 'Max number of tickers has been reached' };
    }
    if (snapshot && genericTicks.trim() !== '') {
      const text = 'Snapshot market data subscription is not applicable to generic ticks';
      return { code: ERROR.snapshotGenericTicks, text };
    }
    if (this.#access.feed === 'delayed' && this.#wantedType < 3) {
      const text = `${NOT_SUBSCRIBED} Delayed market data is not enabled.`;
      return { code: ERROR.delayedNotEnabled, text };
    }
    return null;
  }

  /** Told once: in this world they stand for the day. */
  #tellStatistics(id: number, conId: number, generic: ReadonlySet<number>): void {
    if (generic.has(GENERIC.dividends)) this.#tellDividends(id, conId);
    const statistics = this.#venue.research?.statistics(conId) ?? null;
    if (statistics === null) return;
    const { impliedVol, historicalVol, shortableShares } = statistics;
    const tell = (...ticks: readonly Tick[]): void => {
      for (const tick of ticks) this.#client.send(addressed(tick, id));
    };
    const { callVolume, putVolume, callOpenInterest, putOpenInterest } = GENERIC_TICKS;
    if (generic.has(GENERIC.historicalVol)) {
      tell(tickGeneric(GENERIC_TICKS.historicalVol, historicalVol));
    }
    if (generic.has(GENERIC.impliedVol)) tell(tickGeneric(GENERIC_TICKS.impliedVol, impliedVol));
    if (generic.has(GENERIC.shortable)) {
      tell(tickGeneric(GENERIC_TICKS.shortable, shortableClass(shortableShares)));
      tell(tickSize(GENERIC_TICKS.shortableShares, shortableShares));
    }
    const { options } = statistics;
    if (options === undefined) return;
    if (generic.has(GENERIC.optionVolume)) {
      tell(tickSize(callVolume, options.callVolume), tickSize(putVolume, options.putVolume));
    }
    if (generic.has(GENERIC.openInterest)) {
      tell(tickSize(callOpenInterest, options.callOpenInterest));
      tell(tickSize(putOpenInterest, options.putOpenInterest));
    }
  }
}

/** Above 2.5: at least a thousand shares can be borrowed; above 1.5: some; below that none. */
function shortableClass(shares: number): number {
  if (shares >= 1000) return 3;
  return shares > 0 ? 2 : 1;
}
