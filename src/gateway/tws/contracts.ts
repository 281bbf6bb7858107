/** From a contract as a client describes it to those of the exchange that it can mean. */

import type { ContractTerms } from '../../domain/contract.ts';
import type { ContractQuery, Venue } from '../sim/venue.ts';
import { type Client, ERROR, invalidText } from './client.ts';
import {
  encodeContractDetails,
  encodeContractDetailsEnd,
  encodeMarketRule,
  encodeSecDefOptParam,
  encodeSecDefOptParamEnd,
} from './encode.ts';
import { encodeSymbolSamples } from './encode-history.ts';
import { addressed, optionComputation } from './encode-ticks.ts';
import type { WireContract } from './requests.ts';

export type Resolution =
  | { readonly kind: 'found'; readonly terms: ContractTerms }
  | { readonly kind: 'missing'; readonly text: string };

/** The tick of a computation that a client has asked for. */
const CUSTOM_COMPUTATION = 53;

/** A year and a month: every expiry of that month. */
const MONTH_LENGTH = 6;

/** The one contract that is meant; none and several are both the client's error 200. */
export function resolveContract(venue: Venue, wire: WireContract): Resolution {
  const found = findContracts(venue, wire);
  const [terms] = found;
  if (terms === undefined) {
    return { kind: 'missing', text: 'No security definition has been found for the request' };
  }
  if (found.length > 1) {
    const text = `The contract description specified for ${wire.symbol} is ambiguous.`;
    return { kind: 'missing', text };
  }
  return { kind: 'found', terms };
}

/** All that fit; an id alone decides, as it does at IB. */
function findContracts(venue: Venue, wire: WireContract): readonly ContractTerms[] {
  if (wire.conId !== 0) return venue.findContracts({ ...ANY_CONTRACT, conId: wire.conId });
  // Nothing but a type would mean the whole exchange.
  if (wire.symbol === '' && wire.localSymbol === '') return [];
  const { symbol, secType, strike, right } = wire;
  const expiry = wire.expiry.length === MONTH_LENGTH ? '' : wire.expiry.slice(0, 8);
  const found = venue.findContracts({ conId: 0, symbol, secType, expiry, strike, right });
  return found.filter((terms) => fits(terms, wire));
}

/** Answers reqContractDetails. */
export function answerContractDetails(
  venue: Venue,
  client: Client,
  id: number,
  wire: WireContract,
): void {
  const found = findContracts(venue, wire);
  if (found.length === 0) {
    client.error(id, ERROR.noDefinition, 'No security definition has been found for the request');
    return;
  }
  for (const terms of found) {
    const { contract } = terms;
    client.send(
      encodeContractDetails(client.version, id, terms, {
        marketRuleId: venue.marketRuleId(contract.conId),
        underlyingConId: contract.secType === 'OPT' ? contract.underlyingConId : 0,
      }),
    );
  }
  client.send(encodeContractDetailsEnd(id));
}

/** Answers reqSecDefOptParams; an underlying without options gets the end alone. */
export function answerOptionParameters(
  venue: Venue,
  client: Client,
  id: number,
  conId: number,
  symbol: string,
): void {
  const underlying = conId === 0 ? stockConId(venue, symbol) : conId;
  for (const parameters of venue.optionParameters(underlying)) {
    client.send(encodeSecDefOptParam(id, parameters));
  }
  client.send(encodeSecDefOptParamEnd(id));
}

/** Symbols that a search shows; IB shows as many. */
const SAMPLES_MAX = 16;

/** Answers reqMatchingSymbols by the beginning of a symbol or a part of a name. */
export function answerMatchingSymbols(
  venue: Venue,
  client: Client,
  id: number,
  pattern: string,
): void {
  const wanted = pattern.toUpperCase();
  const stocks = venue.findContracts({ ...ANY_CONTRACT, secType: 'STK' });
  const found = stocks.filter(({ contract, longName }) => {
    return contract.symbol.startsWith(wanted) || longName.toUpperCase().includes(wanted);
  });
  const samples = found.slice(0, wanted === '' ? 0 : SAMPLES_MAX).map((terms) => ({
    terms,
    hasOptions: venue.optionParameters(terms.contract.conId).length > 0,
  }));
  client.send(encodeSymbolSamples(client.version, id, samples));
}

/** What an option computation is asked for. */
interface Calculation {
  readonly id: number;
  readonly type: 'calculateImpliedVolatility' | 'calculateOptionPrice';
  readonly contract: WireContract;
  readonly given: number;
  readonly underlyingPrice: number;
}

/** Answers calculateImpliedVolatility and calculateOptionPrice with tick 53. */
export function answerCalculation(venue: Venue, client: Client, request: Calculation): void {
  const { id, given, underlyingPrice } = request;
  const resolution = resolveContract(venue, request.contract);
  if (resolution.kind === 'missing') {
    client.error(id, ERROR.noDefinition, resolution.text);
    return;
  }
  const { conId } = resolution.terms.contract;
  const known = request.type === 'calculateOptionPrice' ? { volatility: given } : { price: given };
  const model = venue.research?.computeOption(conId, underlyingPrice, known) ?? null;
  if (model === null) {
    client.error(id, ERROR.invalid, invalidText('No computation is possible for these values'));
    return;
  }
  client.send(addressed(optionComputation(CUSTOM_COMPUTATION, model), id));
}

/** What a holder of options wants done with them. */
interface ExerciseRequest {
  readonly id: number;
  readonly contract: WireContract;
  readonly action: number;
  readonly quantity: number;
  readonly account: string;
  readonly override: boolean;
}

/** Passes exerciseOptions on; the exchange refuses what it cannot do under the request's id. */
export function exerciseOptions(venue: Venue, client: Client, request: ExerciseRequest): void {
  const { id, action, quantity, account, override } = request;
  if (account !== '' && !venue.accounts.includes(account)) {
    client.error(id, ERROR.invalid, invalidText(`Invalid account code "${account}"`));
    return;
  }
  const resolution = resolveContract(venue, request.contract);
  if (resolution.kind === 'missing') {
    client.error(id, ERROR.noDefinition, resolution.text);
    return;
  }
  const { conId } = resolution.terms.contract;
  const { clientId } = client;
  venue.exercise({ clientId, id, account, conId, action, quantity, override });
}

/** Answers reqMarketRule; the request has no id, so neither has its error. */
export function answerMarketRule(venue: Venue, client: Client, ruleId: number): void {
  const steps = venue.marketRule(ruleId);
  if (steps === null) {
    client.error(-1, ERROR.invalid, invalidText(`Unknown market rule ${ruleId}`));
    return;
  }
  client.send(encodeMarketRule(ruleId, steps));
}

const ANY_CONTRACT: ContractQuery = {
  conId: 0,
  symbol: '',
  secType: '',
  expiry: '',
  strike: 0,
  right: '',
};

function stockConId(venue: Venue, symbol: string): number {
  const [terms] = venue.findContracts({ ...ANY_CONTRACT, symbol, secType: 'STK' });
  return terms?.contract.conId ?? 0;
}

/** The fields that the exchange's own query does not have. */
function fits({ contract }: ContractTerms, wire: WireContract): boolean {
  if (wire.currency !== '' && wire.currency !== contract.currency) return false;
  if (contract.secType === 'STK') {
    return wire.localSymbol === '' || wire.localSymbol === contract.symbol;
  }
  if (wire.localSymbol !== '' && wire.localSymbol !== contract.localSymbol) return false;
  if (wire.tradingClass !== '' && wire.tradingClass !== contract.tradingClass) return false;
  if (wire.expiry.length === MONTH_LENGTH && !contract.expiry.startsWith(wire.expiry)) return false;
  const multiplier = Number(wire.multiplier);
  // A multiplier of 0 is one nobody set.
  return wire.multiplier === '' || multiplier === 0 || multiplier === contract.multiplier;
}
