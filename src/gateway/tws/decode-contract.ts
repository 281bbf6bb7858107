/** How every request names a contract, alone in its file because two decoders read it. */

import type { FieldReader } from './field-reader.ts';
import type { WireContract } from './requests.ts';

/** The twelve fields by which requests name a contract; one request leaves an exchange out. */
export function readContract(reader: FieldReader, hasPrimaryExchange = true): WireContract {
  return {
    conId: reader.integer(),
    symbol: reader.text().trim(),
    secType: reader.text().trim().toUpperCase(),
    expiry: reader.text().trim(),
    strike: reader.decimal() ?? 0,
    right: readRight(reader.text()),
    multiplier: reader.text().trim(),
    exchange: reader.text().trim(),
    primaryExchange: hasPrimaryExchange ? reader.text().trim() : '',
    currency: reader.text().trim(),
    localSymbol: reader.text().trim(),
    tradingClass: reader.text().trim(),
  };
}

function readRight(text: string): string {
  const right = text.trim().toUpperCase();
  if (right === 'C' || right === 'CALL') return 'C';
  if (right === 'P' || right === 'PUT') return 'P';
  return '';
}
