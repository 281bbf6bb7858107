/**
 * Whether the exchange takes an order, with the codes and texts TWS answers. `refused` leaves no
 * trace but the error; `rejected` is an order that existed and was turned down, status Inactive.
 */

import type { Contract } from '../../domain/contract.ts';
import { MIN_TICK } from './listing.ts';
import { dayEnd } from './order-hours.ts';
import type { VenueOrderRequest, VenueOrderType, VenueTif } from './venue.ts';
import { parseZonedTime } from './zoned-time.ts';

export interface OrderTerms {
  readonly account: string;
  readonly contract: Contract;
  readonly tif: VenueTif;
  /** Null: until cancelled, or (IOC) decided at once. */
  readonly expiresAt: number | null;
}

export type OrderCheck =
  | { readonly kind: 'accepted'; readonly terms: OrderTerms }
  | {
      readonly kind: 'rejected';
      readonly terms: OrderTerms;
      readonly code: 201;
      readonly message: string;
    }
  | { readonly kind: 'refused'; readonly code: number; readonly message: string };

const TYPES: readonly VenueOrderType[] = ['MKT', 'LMT', 'MIDPRICE'];
const TIFS: readonly VenueTif[] = ['DAY', 'IOC', 'GTD', 'GTC', 'OPG'];
const QUANTITY_MAX = 1_000_000;

/** Whether the venue takes the order, else with which code it is refused. */
export function checkOrder(
  request: VenueOrderRequest,
  contract: Contract | undefined,
  accounts: readonly string[],
  now: number,
): OrderCheck {
  if (contract === undefined) {
    return refused(200, 'No security definition has been found for the request');
  }
  if (!isOneOf(TYPES, request.orderType)) {
    return refused(
      387,
      `Unsupported order type for this exchange and security type: ${request.orderType}`,
    );
  }
  const tif = request.tif === '' ? 'DAY' : request.tif;
  if (!isOneOf(TIFS, tif)) return invalid(`Invalid time in force:${tif}`);
  const hasPrice =
    request.orderType === 'LMT' ||
    (request.orderType === 'MIDPRICE' && request.limitPrice !== null);
  const priceError = hasPrice ? checkPrice(request.limitPrice) : null;
  if (priceError !== null) return priceError;
  if (request.orderType === 'MIDPRICE' && contract.secType !== 'STK') {
    return refused(387, 'Unsupported order type for this exchange and security type: MIDPRICE');
  }
  if (!Number.isInteger(request.quantity)) {
    return refused(10243, 'Fractional-sized order cannot be placed via API');
  }
  const expiresAt = expiryOf(request, contract, tif, now);
  if (Number.isNaN(expiresAt)) {
    return refused(
      343,
      'The date, time, or time-zone entered is invalid. The correct format is ' +
        'yyyymmdd hh:mm:ss xxx where yyyymmdd and xxx are optional',
    );
  }
  return checkAcceptance(
    request,
    { account: accountOf(request, accounts), contract, tif, expiresAt },
    {
      accounts,
      now,
    },
  );
}

function checkAcceptance(
  request: VenueOrderRequest,
  terms: OrderTerms,
  world: { readonly accounts: readonly string[]; readonly now: number },
): OrderCheck {
  if (terms.account === '') return refused(435, 'You must specify an account');
  const reject = (reason: string): OrderCheck => ({
    kind: 'rejected',
    terms,
    code: 201,
    message: `Order rejected - reason:${reason}`,
  });
  if (!world.accounts.includes(terms.account)) return reject(`unknown account ${terms.account}`);
  if (request.quantity <= 0) return reject('Order size 0 or less cannot be placed');
  if (request.quantity > QUANTITY_MAX) return reject(`Order size exceeds ${QUANTITY_MAX}`);
  if (terms.expiresAt !== null && terms.expiresAt <= world.now) {
    return reject('The good till date is in the past');
  }
  return { kind: 'accepted', terms };
}

/** An empty account means the only one there is. */
function accountOf(request: VenueOrderRequest, accounts: readonly string[]): string {
  const [first = ''] = accounts;
  return request.account === '' && accounts.length === 1 ? first : request.account;
}

function checkPrice(price: number | null): OrderCheck | null {
  if (price === null || !Number.isFinite(price) || price <= 0) {
    return invalid('Invalid limit price');
  }
  const ticks = price / MIN_TICK;
  // A hundredth of a tick is far above what binary fractions leave, far below a real difference.
  if (Math.abs(ticks - Math.round(ticks)) > 0.01) {
    return refused(
      110,
      'The price does not conform to the minimum price variation for this contract.',
    );
  }
  return null;
}

/** NaN where a GTD order names no time. */
function expiryOf(
  request: VenueOrderRequest,
  contract: Contract,
  tif: VenueTif,
  now: number,
): number | null {
  if (tif === 'GTC' || tif === 'IOC' || tif === 'OPG') return null;
  if (tif === 'GTD') return parseZonedTime(request.goodTill) ?? Number.NaN;
  const { orderType, outsideRth } = request;
  return dayEnd({ contract, orderType, outsideRth }, now);
}

function invalid(cause: string): OrderCheck {
  return refused(321, `Error validating request.-'bW' : cause - ${cause}`);
}

function refused(code: number, message: string): OrderCheck {
  return { kind: 'refused', code, message };
}

function isOneOf<T extends string>(allowed: readonly T[], value: string): value is T {
  return allowed.some((entry) => entry === value);
}
