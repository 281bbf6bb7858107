import assert from 'node:assert/strict';
import type { ContractDetails as IbContractDetails } from '@stoqey/ib';
import { describe, it } from 'vitest';
import { LineKeeper } from '../../../actors/market-data/line-keeper.ts';
import { Subscriptions } from '../../../actors/market-data/subscriptions.ts';
import type { Contract, OptionContract } from '../../../src/domain/contract.ts';
import type { ChainFailure } from '../../../src/gateway/ib/chain-finder.ts';
import type { IbClient, IbContract } from '../../../src/gateway/ib/client.ts';
import { MarketLines } from '../../../src/gateway/ib/market-lines.ts';
import { MAX_LEGS, MAX_LINES } from '../../../src/limits.ts';
import type { BookStrikes, PricingMessage, WatchedBook } from '../../../src/protocol/market.ts';
import { QUOTE_RECORD_LENGTH } from '../../../src/protocol/quote-board.ts';
import { createBoardSet } from '../../../src/runtime/board.ts';
import { VirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { SPY, SPY_PUT } from '../../gateway/ib/support/samples.ts';
import { PLAIN_GREEKS } from '../../support/greeks-settings.ts';

const NOW = Date.UTC(2023, 7, 3, 14);
const SMILE = { ...PLAIN_GREEKS, vol_source: 'smile', smile_strikes: 2 } as const;
const BOOK: WatchedBook = {
  ...{ symbol: 'SPY', slot: 3, underlying: SPY, legs: [SPY_PUT], greeks: SMILE },
  ...{ volWindowMin: 5, volEstimator: 'realised', ivMaxAgeS: 900 },
};
const LISTED = Array.from({ length: 60 }, (_, index) => 391 + 2 * index);

function leg(strike: number, change: Partial<OptionContract> = {}): OptionContract {
  return { ...SPY_PUT, conId: conIdOf(strike, 'P', '20230901'), strike, ...change };
}

function conIdOf(strike: number, right: string, expiry: string): number {
  return Number(expiry.slice(-4)) * 10_000 + strike * 2 + (right === 'C' ? 1 : 0);
}

/** A broker that answers when it is told to, and what it was asked. */
class Rig {
  readonly clock = new VirtualClock(0);
  readonly #boards = createBoardSet({ records: MAX_LINES, length: QUOTE_RECORD_LENGTH });
  readonly lines = new MarketLines(this.#boards, ({ conId }) => this.recorded.push(conId));
  readonly recorded: number[] = [];
  readonly told: PricingMessage[] = [];
  readonly refused: Contract[] = [];
  /** What it was said to have failed to tell. */
  readonly failed: ChainFailure[] = [];
  readonly asked: string[] = [];
  /** Subscriptions by ticket. */
  readonly open = new Map<number, number>();
  /** Strikes of the chain that this expiry does not have. */
  readonly unlisted = new Set<number>();
  /** The code that every question for a contract is answered with. */
  refuse: number | null = null;
  listed: readonly number[] = LISTED;
  isUp = true;
  readonly #answers: (() => void)[] = [];
  readonly subscriptions = new Subscriptions({
    ...{ mono: this.clock, lines: this.lines, isReady: () => this.isUp },
    send: (request) => this.#send(request),
    probed: () => undefined,
  });
  readonly keeper: LineKeeper;
  readonly #api = {
    reqMktData: (ticket: number, { conId = 0 }: IbContract) => this.open.set(ticket, conId),
    cancelMktData: (ticket: number) => this.open.delete(ticket),
    reqSecDefOptParams: (id: number, symbol: string) => this.#chain(id, symbol),
    reqContractDetails: (id: number, contract: IbContract) => this.#details(id, contract),
  } as unknown as IbClient;

  constructor(limit = 100) {
    this.keeper = new LineKeeper({
      ...{ mono: this.clock, lines: this.lines, asked: this.subscriptions, limit },
      send: (request) => this.#send(request),
      now: () => NOW,
      price: (message) => this.told.push(message),
      refused: (contract) => this.refused.push(contract),
      unanswered: (failure) => this.failed.push(failure),
    });
  }

  #send(request: (api: IbClient) => void): boolean {
    if (this.isUp) request(this.#api);
    return this.isUp;
  }

  #chain(id: number, symbol: string): void {
    this.asked.push(`chain ${symbol}`);
    const { keeper } = this;
    this.#answers.push(() => {
      const heard = keeper.listeners();
      const half = this.listed.length >> 1;
      for (const [exchange, strikes] of [
        ['CBOE', this.listed.slice(0, half)],
        ['AMEX', this.listed.slice(half)],
      ] as const) {
        heard.securityDefinitionOptionParameter?.(
          ...[id, exchange, SPY.conId, 'SPY', 100, ['20230901'], strikes],
        );
      }
      const other = [449.5, 450, 450.5];
      heard.securityDefinitionOptionParameter?.(
        ...[id, 'AMEX', SPY.conId, 'SPYX', 100, ['20230901'], other],
      );
      heard.securityDefinitionOptionParameterEnd?.(id);
    });
  }

  #details(id: number, contract: IbContract): void {
    const { strike = 0, right = '', lastTradeDateOrContractMonth: expiry = '' } = contract;
    this.asked.push(`${strike}${right}`);
    this.#answers.push(() => {
      const code = this.unlisted.has(strike) ? 200 : this.refuse;
      if (code !== null) {
        this.keeper.error(id, code);
        return;
      }
      const conId = conIdOf(strike, right, expiry);
      const details = { contract: { ...contract, conId }, minTick: 0.01, underConId: SPY.conId };
      const heard = this.keeper.listeners();
      heard.contractDetails?.(id, details as IbContractDetails);
      heard.contractDetailsEnd?.(id);
    });
  }

  /** The broker answers all that it was asked, and what that makes the keeper ask. */
  settle(): void {
    for (let round = 0; round < 100; round += 1) {
      for (const answer of this.#answers.splice(0)) answer();
      this.keeper.follow();
      if (this.#answers.length === 0) return;
    }
    assert.fail('there is no end of questions');
  }

  /** What was asked is never answered. */
  forget(): void {
    this.#answers.length = 0;
  }

  spot(mid: number, iv = 0.16): void {
    const quote = this.lines.quoteOf(SPY.conId) ?? assert.fail();
    quote.bid = mid - 0.01;
    quote.ask = mid + 0.01;
    const own = this.lines.quoteOf(SPY_PUT.conId);
    if (own !== undefined) own.ibIv = iv;
    this.settle();
  }

  /** What the greeks actor was told last of a book. */
  strikes(slot = BOOK.slot): BookStrikes {
    const told = this.told.flatMap((message): readonly BookStrikes[] => {
      if (message.type === 'watch') return message.strikes;
      return message.type === 'strikes' ? [message] : [];
    });
    return told.findLast((one) => one.slot === slot) ?? assert.fail('nothing was told');
  }

  get text(): string {
    return this.strikes()
      .strikes.map(({ contract }) => `${contract.strike}${contract.right}`)
      .join(' ');
  }

  /** Contract ids that are subscribed to. */
  get watched(): readonly number[] {
    return [...this.open.values()].sort((a, b) => a - b);
  }
}

/** It asks for a chain, and no answer comes. */
function silent(): Rig {
  const rig = watching();
  const quote = rig.lines.quoteOf(SPY.conId) ?? assert.fail();
  quote.bid = 450.49;
  quote.ask = 450.51;
  rig.keeper.follow();
  rig.forget();
  return rig;
}

function watching(limit?: number, book = BOOK): Rig {
  const rig = new Rig(limit);
  rig.keeper.linkUp();
  rig.keeper.watch([book]);
  return rig;
}

describe('strikes for a smile', () => {
  it('are asked for when the spot is known: the chain once, then each that is chosen', () => {
    const rig = watching();
    rig.settle();
    assert.deepEqual(rig.asked, []);
    rig.spot(450.5);
    assert.equal(rig.text, '441P 457C 425P 471C');
    assert.deepEqual(rig.asked, ['chain SPY', '441P', '457C', '425P', '471C']);
    const strikes = rig.strikes().strikes.map(({ contract }) => contract.conId);
    assert.deepEqual(
      rig.watched,
      [SPY.conId, SPY_PUT.conId, ...strikes].sort((a, b) => a - b),
    );
  });

  it('have lines of their own, whose ticks have nothing priced and nothing recorded', () => {
    const rig = watching();
    rig.spot(450.5);
    for (const { contract, line } of rig.strikes().strikes) {
      const found = [...rig.lines.all()].find(({ index }) => index === line) ?? assert.fail();
      assert.equal(found.contract.conId, contract.conId);
      rig.lines.touch(found, 'market');
    }
    assert.deepEqual(rig.lines.publish(NOW, 1), []);
    assert.deepEqual(rig.recorded, []);
  });

  it('are those of a neighbour where one is not listed at the expiry', () => {
    const rig = watching();
    for (const strike of [441, 443, 471]) rig.unlisted.add(strike);
    rig.spot(450.5);
    assert.equal(rig.text, '439P 457C 425P 473C');
    assert.equal(rig.asked.filter((question) => question === '441P').length, 1);
  });

  it('are others when the spot has passed two of them, and not before', () => {
    const rig = watching();
    rig.spot(450.5);
    const first = rig.watched;
    rig.spot(460);
    assert.deepEqual(rig.watched, first);
    rig.spot(471.5);
    assert.equal(rig.text, '455P 479C 421P 493C');
    assert.equal(rig.open.size, 6);
    // What is known of the chain is not asked for again.
    assert.equal(rig.asked.filter((question) => question.startsWith('chain')).length, 1);
    rig.spot(420);
    rig.spot(450.5);
    assert.deepEqual(rig.watched, first);
    assert.equal(new Set(rig.asked).size, rig.asked.length);
  });

  it('are chosen anew once, when the broker first tells a volatility', () => {
    const rig = watching();
    const narrow = { ...BOOK, legs: [leg(449)] };
    rig.keeper.watch([narrow]);
    rig.spot(450.5);
    const guessed = rig.text;
    const own = rig.lines.quoteOf(narrow.legs[0]?.conId ?? 0) ?? assert.fail();
    own.ibIv = 0.1;
    rig.settle();
    const told = rig.text;
    assert.notEqual(told, guessed);
    own.ibIv = 0.4;
    rig.settle();
    assert.equal(rig.text, told);
  });

  it('stay when another expiry comes, and go with the expiry that leaves', () => {
    const rig = watching();
    rig.spot(450.5);
    const first = rig.text;
    const later = leg(440, { expiry: '20230915', conId: 5 });
    rig.keeper.watch([{ ...BOOK, legs: [SPY_PUT, later] }]);
    rig.settle();
    const expiries = rig.strikes().strikes.map(({ contract }) => contract.expiry);
    assert.equal(expiries.filter((expiry) => expiry === '20230915').length, 4);
    assert.ok(first.split(' ').every((strike) => rig.text.includes(strike)));
    rig.keeper.watch([{ ...BOOK, legs: [SPY_PUT] }]);
    assert.equal(rig.text, first);
    assert.equal(rig.open.size, 6);
    rig.keeper.watch([{ ...BOOK, legs: [] }]);
    assert.deepEqual(rig.watched, [SPY.conId]);
  });

  it('are none where no smile is used, or none are wanted', () => {
    for (const change of [{ vol_source: 'quote' }, { smile_strikes: 0 }] as const) {
      const rig = watching(100, { ...BOOK, greeks: { ...SMILE, ...change } });
      rig.spot(450.5);
      assert.deepEqual([rig.asked, rig.watched.length], [[], 2]);
    }
    const sticky = { ...PLAIN_GREEKS, delta_mode: 'sticky_strike' } as const;
    const rig = watching(100, { ...BOOK, greeks: sticky });
    rig.spot(450.5);
    assert.equal(rig.strikes().strikes.length, 8);
  });

  it('are asked for again when no answer came, later each time, and it is said', () => {
    const rig = silent();
    rig.clock.advanceBy(10_000);
    const chain = `the option chain of contract ${SPY.conId}`;
    const failed = { request: chain, code: null, retryInMs: 15_000, isFirst: true };
    assert.deepEqual(rig.failed, [failed]);
    rig.clock.advanceBy(14_999);
    rig.settle();
    assert.deepEqual(rig.asked, ['chain SPY']);
    rig.clock.advanceBy(1);
    rig.keeper.follow();
    rig.forget();
    rig.clock.advanceBy(10_000);
    assert.deepEqual(rig.failed[1], { ...failed, retryInMs: 30_000, isFirst: false });
    rig.clock.advanceBy(30_000);
    rig.settle();
    assert.equal(rig.strikes().strikes.length, 4);
    assert.equal(rig.failed.length, 2);
  });

  it('are asked for again when the broker refused to tell of one', () => {
    const rig = silent();
    rig.clock.advanceBy(25_000);
    rig.refuse = 322;
    rig.settle();
    assert.equal(rig.strikes().strikes.length, 0);
    const { request, code, retryInMs, isFirst } = rig.failed[1] ?? assert.fail();
    assert.deepEqual([request, code], ['the option SPY 20230901 435 P', 322]);
    // The chain has been told by then; the other three options are refused with this one.
    assert.deepEqual([retryInMs, isFirst], [15_000, true]);
    assert.deepEqual(
      rig.failed.slice(2).map((failure) => failure.isFirst),
      [false, false, false],
    );
    rig.refuse = null;
    rig.clock.advanceBy(15_000);
    rig.settle();
    assert.equal(rig.strikes().strikes.length, 4);
  });

  it('are asked for again on a new connection at once', () => {
    const rig = silent();
    rig.clock.advanceBy(12_000);
    rig.keeper.drop();
    rig.keeper.linkUp();
    rig.spot(450.5);
    assert.equal(rig.strikes().strikes.length, 4);
  });
});

describe('where market-data lines are few', () => {
  it('books have theirs, and strikes the rest: the outermost go first, and are counted', () => {
    const rig = watching(4);
    rig.spot(450.5);
    assert.equal(rig.text, '441P 457C');
    assert.equal(rig.strikes().dropped, 2);
    const more = [SPY_PUT, leg(425), leg(435)];
    rig.keeper.watch([{ ...BOOK, legs: more }]);
    rig.settle();
    assert.deepEqual([rig.text, rig.strikes().dropped], ['', 4]);
    assert.deepEqual(
      rig.watched,
      [SPY, ...more].map(({ conId }) => conId).sort((a, b) => a - b),
    );
  });

  it('a line that the broker refuses costs a strike, and no book has to do without', () => {
    const rig = watching();
    rig.spot(450.5);
    const own = [...rig.lines.all()].find(({ contract }) => contract.conId === SPY_PUT.conId);
    assert.ok(own !== undefined);
    const { ticket } = own;
    for (const left of [3, 2, 1, 0]) {
      assert.equal(rig.keeper.lineRefused(own, 101), true);
      assert.deepEqual([rig.strikes().strikes.length, rig.strikes().dropped], [left, 4 - left]);
      assert.notEqual(own.ticket, ticket, 'it is asked for again');
    }
    // Nothing is left to give up: the book hears of it.
    assert.equal(rig.keeper.lineRefused(own, 101), false);
    assert.ok(rig.watched.includes(SPY_PUT.conId));
  });

  it('a strike without quotes has its neighbour instead, and is nobody’s alarm', () => {
    const rig = watching();
    rig.spot(450.5);
    const [strike] = rig.strikes().strikes;
    const line = [...rig.lines.all()].find(({ index }) => index === strike?.line);
    assert.ok(line !== undefined);
    assert.equal(rig.keeper.lineRefused(line, 200), true);
    rig.settle();
    assert.ok(!rig.text.includes('441P'), rig.text);
    assert.equal(rig.strikes().strikes.length, 4);
    assert.equal(rig.keeper.lineRefused(line, 354), true);
  });

  it('another share of the account counts from the next watch on, refused lines apart', () => {
    const rig = watching(5);
    rig.spot(450.5);
    assert.equal(rig.strikes().strikes.length, 3);
    rig.keeper.watch([BOOK], 6);
    assert.equal(rig.watched.length, 6);
    rig.keeper.watch([BOOK], 3);
    assert.equal(rig.watched.length, 3);
    rig.keeper.watch([BOOK]);
    assert.equal(rig.watched.length, 3);
  });

  it('the places of the board bound the strikes of a book with many legs', () => {
    const legs = Array.from({ length: MAX_LEGS - 1 }, (_, index) => leg(300 + index / 4));
    const rig = watching(MAX_LINES, { ...BOOK, legs });
    rig.spot(450.5);
    assert.deepEqual([rig.strikes().strikes.length, rig.strikes().dropped], [1, 3]);
  });
});
