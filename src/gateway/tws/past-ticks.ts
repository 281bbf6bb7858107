/** Answers reqHistoricalTicks: single quotes and trades of a past stretch of time. */

import type { PastTickKind, Venue } from '../sim/venue.ts';
import { parseZonedTime } from '../sim/zoned-time.ts';
import { type Client, ERROR, invalidText } from './client.ts';
import { resolveContract } from './contracts.ts';
import { encodePastTicks } from './encode-history.ts';
import type { ClientRequest } from './requests.ts';

type PastTicksRequest = Extract<ClientRequest, { type: 'reqHistoricalTicks' }>;

/** IB's bound of one answer. */
const TICKS_MAX = 1000;
const KINDS: ReadonlySet<string> = new Set<PastTickKind>(['TRADES', 'MIDPOINT', 'BID_ASK']);

/** From a start forwards, or up to an end backwards, never both; as many as were asked for. */
export function answerPastTicks(venue: Venue, client: Client, request: PastTicksRequest): void {
  const { id } = request;
  const resolution = resolveContract(venue, request.contract);
  if (resolution.kind === 'missing') {
    client.error(id, ERROR.noDefinition, resolution.text);
    return;
  }
  const now = venue.now();
  const query = queryOf(request, now);
  if (typeof query === 'string') {
    client.error(id, ERROR.invalid, invalidText(query));
    return;
  }
  const { conId } = resolution.terms.contract;
  const ticks = venue.research?.pastTicks({ conId, ...query }) ?? [];
  client.send(encodePastTicks(id, query.kind, ticks));
}

/** What is asked for, or what is wrong with it. */
function queryOf(request: PastTicksRequest, now: number) {
  const { what, start, end, count } = request;
  if (!isKind(what)) return `${what} is not supported for historical ticks`;
  if (count < 1 || count > TICKS_MAX) return `Invalid number of ticks ${count}, 1 to ${TICKS_MAX}`;
  if ((start === '') === (end === '')) return 'Give either a start or an end of the ticks';
  const given = parseZonedTime(start === '' ? end : start);
  if (given === null) return `Invalid time "${start === '' ? end : start}"`;
  const shared = { kind: what, countMax: count };
  return start === ''
    ? { ...shared, from: 0, to: Math.min(given, now + 1), keep: 'last' as const }
    : { ...shared, from: given, to: now + 1, keep: 'first' as const };
}

function isKind(what: string): what is PastTickKind {
  return KINDS.has(what);
}
