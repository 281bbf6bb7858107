/**
 * Requests of the protocol that this gateway does not serve. Each is answered, so that no client
 * waits for ever: with IB's own code where IB has one for an account without the right, else with
 * 321. Nobody is told that a cancel of such a request had nothing to cancel.
 */

import { ERROR, invalidText } from './client.ts';

export interface Unserved {
  readonly name: string;
  /** The place of the request's id among the fields; null where it has none. */
  readonly idAt: number | null;
  readonly code: number;
  readonly text: string;
}

const NO_ADVISER = invalidText('FA data operations ignored for non FA customers');
const NO_NEWS = { code: 10276, text: 'News feed is not allowed.' };

export const UNSERVED: ReadonlyMap<number, Unserved> = new Map<number, Unserved>([
  [10, at(2, 'reqMktDepth', { code: 10092, text: 'Deep market data is not supported.' })],
  [18, at(null, 'requestFA', { code: ERROR.invalid, text: NO_ADVISER })],
  [19, at(null, 'replaceFA', { code: ERROR.invalid, text: NO_ADVISER })],
  [22, at(1, 'reqScannerSubscription')],
  [24, at(null, 'reqScannerParameters')],
  [52, at(2, 'reqFundamentalData', { code: 10358, text: 'Fundamentals data is not allowed.' })],
  [65, at(null, 'verifyRequest')],
  [66, at(null, 'verifyMessage')],
  [67, at(2, 'queryDisplayGroups')],
  [68, at(2, 'subscribeToGroupEvents')],
  [69, at(2, 'updateDisplayGroup')],
  [72, at(null, 'verifyAndAuthRequest')],
  [73, at(null, 'verifyAndAuthMessage')],
  [84, at(1, 'reqNewsArticle', NO_NEWS)],
  [86, at(1, 'reqHistoricalNews', NO_NEWS)],
  [88, at(1, 'reqHistogramData')],
  [100, at(1, 'reqWshMetaData', NO_NEWS)],
  [102, at(1, 'reqWshEventData', NO_NEWS)],
]);

/** By their message ids. */
export const UNSERVED_CANCELS: ReadonlyMap<number, string> = new Map([
  [11, 'cancelMktDepth'],
  [23, 'cancelScannerSubscription'],
  [53, 'cancelFundamentalData'],
  [70, 'unsubscribeFromGroupEvents'],
  [89, 'cancelHistogramData'],
  [101, 'cancelWshMetaData'],
  [103, 'cancelWshEventData'],
]);

function at(
  idAt: number | null,
  name: string,
  refusal?: { readonly code: number; readonly text: string },
): Unserved {
  const text = `${name} is not supported by this gateway`;
  return { name, idAt, ...(refusal ?? { code: ERROR.invalid, text: invalidText(text) }) };
}
