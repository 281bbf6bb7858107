/** The numbers that begin each message, from the client and to it, and those of the ticks. */

/** Client to server. */
export const CLIENT = {
  reqMktData: 1,
  cancelMktData: 2,
  placeOrder: 3,
  cancelOrder: 4,
  reqOpenOrders: 5,
  reqAccountUpdates: 6,
  reqExecutions: 7,
  reqIds: 8,
  reqContractDetails: 9,
  setServerLogLevel: 14,
  reqNewsBulletins: 12,
  cancelNewsBulletins: 13,
  reqHistoricalData: 20,
  exerciseOptions: 21,
  cancelHistoricalData: 25,
  reqRealTimeBars: 50,
  cancelRealTimeBars: 51,
  calculateImpliedVolatility: 54,
  calculateOptionPrice: 55,
  cancelCalculateImpliedVolatility: 56,
  cancelCalculateOptionPrice: 57,
  reqSoftDollarTiers: 79,
  reqFamilyCodes: 80,
  reqMatchingSymbols: 81,
  reqMktDepthExchanges: 82,
  reqSmartComponents: 83,
  reqNewsProviders: 85,
  reqHeadTimestamp: 87,
  cancelHeadTimestamp: 90,
  reqHistoricalTicks: 96,
  reqTickByTickData: 97,
  cancelTickByTickData: 98,
  reqAutoOpenOrders: 15,
  reqAllOpenOrders: 16,
  reqManagedAccounts: 17,
  reqCurrentTime: 49,
  reqGlobalCancel: 58,
  reqMarketDataType: 59,
  reqPositions: 61,
  reqAccountSummary: 62,
  cancelAccountSummary: 63,
  cancelPositions: 64,
  startApi: 71,
  reqPositionsMulti: 74,
  cancelPositionsMulti: 75,
  reqAccountUpdatesMulti: 76,
  cancelAccountUpdatesMulti: 77,
  reqSecDefOptParams: 78,
  reqMarketRule: 91,
  reqPnl: 92,
  cancelPnl: 93,
  reqPnlSingle: 94,
  cancelPnlSingle: 95,
  reqCompletedOrders: 99,
  reqUserInfo: 104,
} as const;

/** Server to client. */
export const SERVER = {
  tickPrice: 1,
  tickSize: 2,
  orderStatus: 3,
  error: 4,
  openOrder: 5,
  accountValue: 6,
  portfolioValue: 7,
  accountTime: 8,
  nextValidId: 9,
  contractDetails: 10,
  execDetails: 11,
  managedAccounts: 15,
  historicalData: 17,
  tickOptionComputation: 21,
  tickGeneric: 45,
  tickString: 46,
  currentTime: 49,
  realTimeBar: 50,
  contractDetailsEnd: 52,
  openOrderEnd: 53,
  accountDownloadEnd: 54,
  execDetailsEnd: 55,
  tickSnapshotEnd: 57,
  marketDataType: 58,
  commissionReport: 59,
  position: 61,
  positionEnd: 62,
  accountSummary: 63,
  accountSummaryEnd: 64,
  positionMulti: 71,
  positionMultiEnd: 72,
  accountUpdateMulti: 73,
  accountUpdateMultiEnd: 74,
  secDefOptParam: 75,
  secDefOptParamEnd: 76,
  softDollarTiers: 77,
  familyCodes: 78,
  symbolSamples: 79,
  depthExchanges: 80,
  tickReqParams: 81,
  smartComponents: 82,
  newsProviders: 85,
  headTimestamp: 88,
  historicalDataUpdate: 90,
  marketRule: 93,
  pnl: 94,
  pnlSingle: 95,
  pastMiddles: 96,
  pastQuotes: 97,
  pastTrades: 98,
  tickByTick: 99,
  orderBound: 100,
  completedOrder: 101,
  completedOrdersEnd: 102,
  historicalSchedule: 106,
  userInfo: 107,
} as const;

/** Tick types of one feed; delayed data has numbers of its own. */
export interface TickTypes {
  readonly bidSize: number;
  readonly bid: number;
  readonly ask: number;
  readonly askSize: number;
  readonly last: number;
  readonly lastSize: number;
  readonly volume: number;
  readonly close: number;
  readonly model: number;
  readonly bidModel: number;
  readonly askModel: number;
  readonly lastModel: number;
  readonly lastTime: number;
  readonly halted: number;
}

export const LIVE_TICKS: TickTypes = {
  bidSize: 0,
  bid: 1,
  ask: 2,
  askSize: 3,
  last: 4,
  lastSize: 5,
  volume: 8,
  close: 9,
  model: 13,
  bidModel: 10,
  askModel: 11,
  lastModel: 12,
  lastTime: 45,
  halted: 49,
};

export const DELAYED_TICKS: TickTypes = {
  bidSize: 69,
  bid: 66,
  ask: 67,
  askSize: 70,
  last: 68,
  lastSize: 71,
  volume: 74,
  close: 75,
  model: 83,
  bidModel: 80,
  askModel: 81,
  lastModel: 82,
  lastTime: 88,
  halted: 90,
};

/** Generic ticks a client can ask for beside the default ones. */
export const GENERIC = {
  optionVolume: 100,
  openInterest: 101,
  historicalVol: 104,
  impliedVol: 106,
  mark: 232,
  shortable: 236,
  dividends: 456,
} as const;

/** What they come as. */
export const GENERIC_TICKS = {
  historicalVol: 23,
  impliedVol: 24,
  callOpenInterest: 27,
  putOpenInterest: 28,
  callVolume: 29,
  putVolume: 30,
  mark: 37,
  shortable: 46,
  dividends: 59,
  shortableShares: 89,
} as const;

/** Fields behind the conjunction, by the condition's type. */
export const CONDITION_FIELDS: ReadonlyMap<number, number> = new Map([
  [1, 5], // price: operator, price, contract, exchange, method
  [3, 2], // time: operator, time
  [4, 2], // margin: operator, percent
  [5, 3], // execution: security type, exchange, symbol
  [6, 4], // volume: operator, volume, contract, exchange
  [7, 4], // percent change: operator, change, contract, exchange
]);
