/** Serves one client that is logged in: each of its requests, and each event of the exchange. */

import type { Venue, VenueEvent } from '../sim/venue.ts';
import { AccountFeeds } from './account-feeds.ts';
import { type Client, ERROR, invalidText } from './client.ts';
import {
  answerCalculation,
  answerContractDetails,
  answerMarketRule,
  answerMatchingSymbols,
  answerOptionParameters,
  exerciseOptions,
} from './contracts.ts';
import { encodeCurrentTime, encodeManagedAccounts, encodeNextValidId } from './encode.ts';
import {
  encodeDepthExchanges,
  encodeFamilyCodes,
  encodeNewsProviders,
  encodeSmartComponents,
  encodeSoftDollarTiers,
  encodeUserInfo,
} from './encode-directory.ts';
import { HistoryLines } from './history-lines.ts';
import { type MarketAccess, MarketLines } from './market-lines.ts';
import {
  answerCompletedOrders,
  answerExecutions,
  answerOpenOrders,
  placeOrder,
  tellOrderEvent,
} from './orders.ts';
import { answerPastTicks } from './past-ticks.ts';
import { refuseReadOnly } from './read-only.ts';
import type { BareRequest, CancelRequest, ClientRequest } from './requests.ts';

type CancelMessage = Extract<ClientRequest, { type: CancelRequest }>;
type BareMessage = Extract<ClientRequest, { type: BareRequest }>;

/** Notices every client gets at login: the farms it will ask are there. */
const FARM_NOTICES: readonly (readonly [number, string])[] = [
  [2104, 'Market data farm connection is OK:usfarm'],
  [2106, 'HMDS data farm connection is OK:ushmds'],
  [2158, 'Sec-def data farm connection is OK:secdefil'],
];

export class ClientService {
  readonly #venue: Venue;
  readonly #client: Client;
  readonly #lines: MarketLines;
  readonly #feeds: AccountFeeds;
  readonly #history: HistoryLines;

  readonly #isReadOnly: () => boolean;

  constructor(
    venue: Venue,
    client: Client,
    access: MarketAccess,
    isReadOnly: () => boolean = () => false,
  ) {
    this.#isReadOnly = isReadOnly;
    this.#venue = venue;
    this.#client = client;
    this.#lines = new MarketLines(venue, client, access);
    this.#feeds = new AccountFeeds(venue, client);
    this.#history = new HistoryLines(venue, client);
  }

  get lineCount(): number {
    return this.#lines.count;
  }

  /** What TWS says unasked when a client has logged in. */
  greet(): void {
    this.#client.send(encodeManagedAccounts(this.#venue.accounts));
    this.#client.send(encodeNextValidId(this.#venue.nextOrderId(this.#client.clientId)));
    for (const [code, text] of FARM_NOTICES) this.#client.error(-1, code, text);
  }

  serve(request: ClientRequest): void {
    if (this.#isReadOnly() && refuseReadOnly(this.#client, request)) return;
    switch (request.type) {
      case 'startApi':
        this.#client.error(-1, ERROR.invalid, invalidText('The API was started before'));
        return;
      case 'reqMktData':
        this.#lines.subscribe(request);
        return;
      case 'reqMarketDataType':
        this.#serveMarketDataType(request.marketDataType);
        return;
      case 'placeOrder':
        placeOrder(this.#venue, this.#client, request.order);
        return;
      case 'cancelOrder':
        this.#venue.cancel(this.#client.clientId, request.orderId);
        return;
      case 'reqExecutions':
        answerExecutions(this.#venue, this.#client, request);
        return;
      case 'reqContractDetails':
        answerContractDetails(this.#venue, this.#client, request.id, request.contract);
        return;
      case 'reqSecDefOptParams': {
        const { id, conId, symbol } = request;
        answerOptionParameters(this.#venue, this.#client, id, conId, symbol);
        return;
      }
      case 'reqCompletedOrders':
        answerCompletedOrders(this.#venue, this.#client, request.apiOnly);
        return;
      case 'reqMarketRule':
        answerMarketRule(this.#venue, this.#client, request.ruleId);
        return;
      case 'reqAccountUpdates':
        if (!request.subscribe) {
          this.#feeds.cancelUpdates();
          return;
        }
        this.#feeds.subscribeUpdates(request.account);
        return;
      case 'reqAccountSummary':
        this.#feeds.subscribeSummary(request.id, request.tags);
        return;
      case 'reqAccountUpdatesMulti':
        this.#feeds.subscribeMultiUpdates(request.id, request.account, request.model);
        return;
      case 'reqPositionsMulti':
        this.#feeds.subscribeMultiPositions(request.id, request.account, request.model);
        return;
      case 'reqHistoricalData':
        this.#history.requestBars(request);
        return;
      case 'reqRealTimeBars':
        this.#history.requestRealTimeBars(request);
        return;
      case 'reqHistoricalTicks':
        answerPastTicks(this.#venue, this.#client, request);
        return;
      case 'exerciseOptions':
        exerciseOptions(this.#venue, this.#client, request);
        return;
      case 'reqSoftDollarTiers':
        this.#client.send(encodeSoftDollarTiers(request.id));
        return;
      case 'reqSmartComponents':
        this.#client.send(encodeSmartComponents(request.id));
        return;
      case 'reqUserInfo':
        this.#client.send(encodeUserInfo(request.id));
        return;
      case 'reqHeadTimestamp':
        this.#history.requestHeadTime(request);
        return;
      case 'reqTickByTickData':
        this.#history.requestTicks(request);
        return;
      case 'reqMatchingSymbols':
        answerMatchingSymbols(this.#venue, this.#client, request.id, request.pattern);
        return;
      case 'calculateImpliedVolatility':
      case 'calculateOptionPrice':
        answerCalculation(this.#venue, this.#client, request);
        return;
      case 'reqPnl':
        this.#feeds.subscribePnl(request.id, request.account);
        return;
      case 'reqPnlSingle':
        this.#feeds.subscribeSinglePnl(request.id, request.account, request.conId);
        return;
      default:
        'id' in request ? this.#serveCancel(request) : this.#serveBare(request);
        return;
    }
  }

  /** Each client hears of its own orders, of the positions it asked for, and of the time. */
  hear(event: VenueEvent): void {
    switch (event.type) {
      case 'position':
        this.#feeds.positionChanged(event.position);
        return;
      case 'account':
        this.#feeds.accountChanged(event.account);
        return;
      case 'time':
        // Lock-step only; no real TWS sends this unasked. All that was due by `ts` is in the
        // stream before it, so a client that reads it knows where the market stands.
        this.#feeds.followPrices();
        this.#client.send(encodeCurrentTime(event.ts));
        return;
      default:
        tellOrderEvent(this.#venue, this.#client, event);
        return;
    }
  }

  /** Whether something is subscribed that changes with prices alone. */
  get followsPrices(): boolean {
    return this.#feeds.followsPrices;
  }

  /** About a second has passed. */
  followPrices(): void {
    this.#feeds.followPrices();
  }

  close(): void {
    this.#lines.close();
    this.#history.close();
  }

  loseLines(): void {
    this.close();
  }

  refuseLines(code: number): void {
    this.#lines.refuseAll(code);
  }

  #serveMarketDataType(marketDataType: number): void {
    if (marketDataType >= 1 && marketDataType <= 4) {
      this.#lines.setMarketDataType(marketDataType);
      return;
    }
    const text = invalidText(`Invalid market data type ${marketDataType}`);
    this.#client.error(-1, ERROR.invalid, text);
  }

  #serveCancel({ type, id }: CancelMessage): void {
    switch (type) {
      case 'cancelMktData':
        this.#lines.cancel(id);
        return;
      case 'cancelAccountSummary':
        this.#feeds.cancelSummary(id);
        return;
      case 'cancelPositionsMulti':
        this.#feeds.cancelMultiPositions(id);
        return;
      case 'cancelAccountUpdatesMulti':
        this.#feeds.cancelMultiUpdates(id);
        return;
      case 'cancelPnl':
        this.#feeds.cancelPnl(id);
        return;
      case 'cancelPnlSingle':
        this.#feeds.cancelSinglePnl(id);
        return;
      case 'cancelHistoricalData':
      case 'cancelRealTimeBars':
      case 'cancelTickByTickData':
        this.#history.cancel(id);
        return;
      // These are answered at once: there is nothing left to cancel.
      case 'cancelHeadTimestamp':
      case 'cancelCalculateImpliedVolatility':
      case 'cancelCalculateOptionPrice':
        return;
    }
  }

  #serveBare({ type }: BareMessage): void {
    const { clientId } = this.#client;
    switch (type) {
      case 'reqOpenOrders':
        answerOpenOrders(this.#venue, this.#client, 'own');
        return;
      case 'reqAllOpenOrders':
        answerOpenOrders(this.#venue, this.#client, 'all');
        return;
      case 'reqIds':
        this.#client.send(encodeNextValidId(this.#venue.nextOrderId(clientId)));
        return;
      case 'reqManagedAccounts':
        this.#client.send(encodeManagedAccounts(this.#venue.accounts));
        return;
      case 'reqCurrentTime':
        this.#client.send(encodeCurrentTime(this.#venue.now()));
        return;
      case 'reqGlobalCancel':
        this.#venue.globalCancel(clientId);
        return;
      case 'reqPositions':
        this.#feeds.subscribePositions();
        return;
      case 'cancelPositions':
        this.#feeds.cancelPositions();
        return;
      case 'reqFamilyCodes':
        this.#client.send(encodeFamilyCodes(this.#venue.accounts));
        return;
      case 'reqMktDepthExchanges':
        this.#client.send(encodeDepthExchanges());
        return;
      case 'reqNewsProviders':
        this.#client.send(encodeNewsProviders());
        return;
      // Binding orders placed by hand to this client has no counterpart here, and neither has
      // the server's log level; both are accepted, because libraries send them at connect. Of
      // bulletins there never is one.
      case 'reqNewsBulletins':
      case 'cancelNewsBulletins':
      case 'reqAutoOpenOrders':
      case 'setServerLogLevel':
        return;
    }
  }
}
