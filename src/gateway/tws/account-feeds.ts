/**
 * What one client hears of accounts and positions: each request is answered whole and ended, and
 * what stays subscribed then hears at once of what trades change, so that in lock-step everything
 * about a moment is told before the moment's end. What prices alone change is told at IB's pace.
 */

import type { Venue, VenuePosition } from '../sim/venue.ts';
import { type Client, ERROR, invalidText } from './client.ts';
import {
  type AccountValue,
  encodeAccountDownloadEnd,
  encodeAccountSummary,
  encodeAccountSummaryEnd,
  encodeAccountTime,
  encodeAccountUpdateMulti,
  encodeAccountUpdateMultiEnd,
  encodeAccountValue,
  encodePnl,
  encodePnlSingle,
  encodePortfolioValue,
  encodePosition,
  encodePositionEnd,
  encodePositionMulti,
  encodePositionMultiEnd,
  type Pnl,
} from './encode.ts';
import type { Message } from './framing.ts';

/** IB's bound: it recomputes summaries on its servers. */
const SUMMARIES_MAX = 2;
/** How often account and portfolio values follow prices, as at IB; exchange time. */
const VALUES_MS = 180_000;
/** Of each other kind; far beyond what a client with a handful of accounts can use. */
const SUBSCRIPTIONS_MAX = 100;

/** Values of some accounts under some tags, and what of them was told. */
interface ValueFeed {
  readonly accounts: readonly string[];
  /** Null for all tags. */
  readonly tags: ReadonlySet<string> | null;
  readonly told: Map<string, string>;
  readonly encode: (value: AccountValue) => Message;
}

interface PositionFeed {
  /** `''` for all accounts. */
  readonly account: string;
  /** 0 for all contracts. */
  readonly conId: number;
  readonly encode: (position: VenuePosition) => Message;
}

/** Profits of several accounts are told as one sum. */
interface PnlFeed {
  readonly accounts: readonly string[];
  readonly encode: () => Message;
}

interface SinglePnlFeed {
  readonly accounts: readonly string[];
  readonly conId: number;
}

export class AccountFeeds {
  readonly #venue: Venue;
  readonly #client: Client;
  #positions: PositionFeed | null = null;
  /** reqAccountUpdates: one account at a time. */
  #updates: { readonly account: string; readonly values: ValueFeed } | null = null;
  readonly #summaries = new Map<number, ValueFeed>();
  readonly #multiUpdates = new Map<number, ValueFeed>();
  readonly #multiPositions = new Map<number, PositionFeed>();
  readonly #pnls = new Map<number, PnlFeed>();
  readonly #singlePnls = new Map<number, SinglePnlFeed>();
  /** What was told last of each profit, by the id of its request. */
  readonly #profits = new Map<number, string>();
  #valuesAt: number;

  constructor(venue: Venue, client: Client) {
    this.#venue = venue;
    this.#client = client;
    this.#valuesAt = venue.now();
  }

  subscribePositions(): void {
    this.#positions = { account: '', conId: 0, encode: encodePosition };
    this.#tellPositions(this.#positions);
    this.#client.send(encodePositionEnd());
  }

  cancelPositions(): void {
    this.#positions = null;
  }

  subscribeUpdates(accountAsked: string): void {
    const account = this.#account(accountAsked);
    if (account === null) {
      this.#refuseAccount(-1, accountAsked);
      return;
    }
    const values = valueFeed([account], null, encodeAccountValue);
    this.#updates = { account, values };
    this.#client.send(encodeAccountValue({ account, key: 'AccountReady', value: 'true' }));
    this.#tellValues(values);
    for (const position of this.#venue.positions()) {
      if (position.account === account) this.#client.send(encodePortfolioValue(position));
    }
    this.#client.send(encodeAccountTime(this.#venue.now()));
    this.#client.send(encodeAccountDownloadEnd(account));
  }

  cancelUpdates(): void {
    this.#updates = null;
  }

  subscribeSummary(id: number, tagText: string): void {
    const full = !this.#summaries.has(id) && this.#summaries.size >= SUMMARIES_MAX;
    if (full) {
      const text = 'Maximum number of account summary requests exceeded';
      this.#client.error(id, ERROR.processing, text);
      return;
    }
    const tags = tagText.split(',').map((tag) => tag.trim());
    // A ledger tag stands for all there is: the values here have one currency.
    const all = tags.some((tag) => tag === 'All' || tag.startsWith('$LEDGER'));
    const feed = valueFeed(this.#venue.accounts, all ? null : new Set(tags), (value) =>
      encodeAccountSummary(id, value),
    );
    this.#summaries.set(id, feed);
    this.#tellValues(feed);
    this.#client.send(encodeAccountSummaryEnd(id));
  }

  cancelSummary(id: number): void {
    this.#summaries.delete(id);
  }

  subscribeMultiUpdates(id: number, accountAsked: string, model: string): void {
    const accounts = this.#accountsFor(id, accountAsked);
    if (accounts === null || !this.#hasRoom(id, this.#multiUpdates)) return;
    const feed = valueFeed(accounts, null, (value) => encodeAccountUpdateMulti(id, model, value));
    this.#multiUpdates.set(id, feed);
    this.#tellValues(feed);
    this.#client.send(encodeAccountUpdateMultiEnd(id));
  }

  cancelMultiUpdates(id: number): void {
    this.#multiUpdates.delete(id);
  }

  subscribeMultiPositions(id: number, accountAsked: string, model: string): void {
    const accounts = this.#accountsFor(id, accountAsked);
    if (accounts === null || !this.#hasRoom(id, this.#multiPositions)) return;
    const [account = ''] = isAll(accountAsked) ? [] : accounts;
    const encode = (position: VenuePosition) => encodePositionMulti(id, position, model);
    const feed: PositionFeed = { account, conId: 0, encode };
    this.#multiPositions.set(id, feed);
    this.#tellPositions(feed);
    this.#client.send(encodePositionMultiEnd(id));
  }

  cancelMultiPositions(id: number): void {
    this.#multiPositions.delete(id);
  }

  subscribePnl(id: number, accountAsked: string): void {
    const accounts = this.#accountsFor(id, accountAsked);
    if (accounts === null || !this.#hasRoom(id, this.#pnls)) return;
    const feed: PnlFeed = { accounts, encode: () => encodePnl(id, this.#pnlOf(accounts)) };
    this.#pnls.set(id, feed);
    this.#tellProfit(id, feed.encode());
  }

  cancelPnl(id: number): void {
    this.#pnls.delete(id);
    this.#profits.delete(id);
  }

  /** A contract that is not held gets no answer, as at IB. */
  subscribeSinglePnl(id: number, accountAsked: string, conId: number): void {
    const accounts = this.#accountsFor(id, accountAsked);
    if (accounts === null) return;
    if (conId === 0) {
      this.#client.error(id, ERROR.invalid, invalidText('A contract id is needed'));
      return;
    }
    if (!this.#hasRoom(id, this.#singlePnls)) return;
    const feed: SinglePnlFeed = { accounts, conId };
    this.#singlePnls.set(id, feed);
    const held = positionsFor(feed, this.#venue.positions());
    if (held.length > 0) this.#tellProfit(id, encodePnlSingle(id, held));
  }

  cancelSinglePnl(id: number): void {
    this.#singlePnls.delete(id);
    this.#profits.delete(id);
  }

  get followsPrices(): boolean {
    const feeds = [this.#pnls, this.#singlePnls, this.#summaries, this.#multiUpdates];
    return this.#updates !== null || feeds.some(({ size }) => size > 0);
  }

  /** Tells what prices have changed: profits each time, all other values when theirs has come. */
  followPrices(): void {
    for (const [id, feed] of this.#pnls) this.#tellNewProfit(id, feed.encode());
    if (this.#singlePnls.size > 0) {
      const positions = this.#venue.positions();
      for (const [id, feed] of this.#singlePnls) {
        const held = positionsFor(feed, positions);
        if (held.length > 0) this.#tellNewProfit(id, encodePnlSingle(id, held));
      }
    }
    const now = this.#venue.now();
    if (now - this.#valuesAt < VALUES_MS) return;
    this.#valuesAt = now;
    const account = this.#updates?.account;
    for (const each of this.#venue.accounts) this.#tellAccount(each);
    for (const position of this.#venue.positions()) {
      if (position.account === account) this.#client.send(encodePortfolioValue(position));
    }
  }

  positionChanged(position: VenuePosition): void {
    const feeds = [...this.#multiPositions.values()];
    if (this.#positions !== null) feeds.unshift(this.#positions);
    for (const feed of feeds) {
      if (wants(feed, position)) this.#client.send(feed.encode(position));
    }
    this.#tellSinglePnls(position);
    if (this.#updates?.account === position.account) {
      this.#client.send(encodePortfolioValue(position));
    }
  }

  accountChanged(account: string): void {
    this.#tellAccount(account);
    for (const [id, feed] of this.#pnls) {
      if (feed.accounts.includes(account)) this.#tellProfit(id, feed.encode());
    }
  }

  /** A position that is flat now is told once more, beside those of the other accounts. */
  #tellSinglePnls(changed: VenuePosition): void {
    const { account, contract } = changed;
    for (const [id, feed] of this.#singlePnls) {
      if (feed.conId !== contract.conId || !feed.accounts.includes(account)) continue;
      const held = positionsFor(feed, this.#venue.positions());
      const others = held.filter((position) => position.account !== account);
      this.#tellProfit(id, encodePnlSingle(id, [changed, ...others]));
    }
  }

  #tellAccount(account: string): void {
    if (this.#updates?.account === account && this.#tellValues(this.#updates.values) > 0) {
      this.#client.send(encodeAccountTime(this.#venue.now()));
    }
    for (const feed of [...this.#summaries.values(), ...this.#multiUpdates.values()]) {
      if (feed.accounts.includes(account)) this.#tellValues(feed);
    }
  }

  #tellProfit(id: number, message: Message): void {
    this.#profits.set(id, message.join());
    this.#client.send(message);
  }

  #tellNewProfit(id: number, message: Message): void {
    if (this.#profits.get(id) !== message.join()) this.#tellProfit(id, message);
  }

  #tellPositions(feed: PositionFeed): void {
    for (const position of this.#venue.positions()) {
      if (wants(feed, position)) this.#client.send(feed.encode(position));
    }
  }

  /** Sends what is new, and returns how much that was. */
  #tellValues(feed: ValueFeed): number {
    let count = 0;
    for (const account of feed.accounts) {
      for (const [key, value] of Object.entries(this.#venue.accountValues(account))) {
        if (feed.tags !== null && !feed.tags.has(key)) continue;
        const slot = `${account} ${key}`;
        if (feed.told.get(slot) === value) continue;
        feed.told.set(slot, value);
        this.#client.send(feed.encode({ account, key, value }));
        count += 1;
      }
    }
    return count;
  }

  /** The accounts that are meant: `''` and `All` are all; one that is not there is refused. */
  #accountsFor(id: number, asked: string): readonly string[] | null {
    if (isAll(asked)) return this.#venue.accounts;
    if (this.#venue.accounts.includes(asked)) return [asked];
    this.#refuseAccount(id, asked);
    return null;
  }

  /** Where only one can be meant `''` is the first; null for one that is not there. */
  #account(asked: string): string | null {
    if (isAll(asked)) return this.#venue.accounts[0] ?? null;
    return this.#venue.accounts.includes(asked) ? asked : null;
  }

  #refuseAccount(id: number, account: string): void {
    this.#client.error(id, ERROR.invalid, invalidText(`Invalid account code "${account}"`));
  }

  #hasRoom(id: number, subscriptions: ReadonlyMap<number, unknown>): boolean {
    if (subscriptions.has(id) || subscriptions.size < SUBSCRIPTIONS_MAX) return true;
    this.#client.error(id, ERROR.processing, 'Maximum number of subscriptions exceeded');
    return false;
  }

  /** Unset where it is not known of each account. */
  #pnlOf(accounts: readonly string[]): Pnl {
    const values = accounts.map((account) => this.#venue.accountValues(account));
    const sum = (tag: string): number | null =>
      values.reduce<number | null>((total, { [tag]: text }) => {
        const value = numberOrNull(text);
        return total === null || value === null ? null : total + value;
      }, 0);
    const unrealized = sum('UnrealizedPnL');
    return { daily: sum('DailyPnL'), unrealized, realized: sum('RealizedPnL') };
  }
}

function valueFeed(
  accounts: readonly string[],
  tags: ReadonlySet<string> | null,
  encode: (value: AccountValue) => Message,
): ValueFeed {
  return { accounts, tags, told: new Map(), encode };
}

function wants(feed: PositionFeed, position: VenuePosition): boolean {
  if (feed.account !== '' && feed.account !== position.account) return false;
  return feed.conId === 0 || feed.conId === position.contract.conId;
}

function positionsFor(
  { accounts, conId }: SinglePnlFeed,
  positions: readonly VenuePosition[],
): readonly VenuePosition[] {
  return positions.filter(
    ({ account, contract }) => contract.conId === conId && accounts.includes(account),
  );
}

function isAll(account: string): boolean {
  return account === '' || account === 'All';
}

function numberOrNull(text: string | undefined): number | null {
  return text === undefined || text === '' || Number.isNaN(Number(text)) ? null : Number(text);
}
