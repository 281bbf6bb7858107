/** The pages, and how the address names one: in its fragment, which no server sees. */

/** Every page, in the order of the navigation. */
export const PAGE_NAMES = [
  'overview',
  'book',
  'explain',
  'machines',
  'operations',
  'accounts',
  'statistics',
  'backtests',
  'system',
  'logs',
] as const;
export type PageName = (typeof PAGE_NAMES)[number];

/** The API takes no later one; above it somebody wrote milliseconds. */
const TS_MAX = 1e11;

/** `#/operations/r17?type=fill`: the page, what of it, and how it is looked at. */
export interface Place {
  readonly page: PageName;
  readonly rest: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

/** The address of a page; what of its query is empty is left out. */
export function addressOf(
  page: PageName,
  rest: readonly string[] = [],
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const path = [page === 'overview' ? '' : page, ...rest].map(encodeURIComponent).join('/');
  const kept = Object.entries(query).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  const search = kept.length === 0 ? '' : `?${new URLSearchParams(kept)}`;
  return `#/${path}${search}`;
}

/** A time that is past, and where it is known the turn of the journal. */
export interface TimeQuery {
  /** Unix seconds. */
  readonly ts: number;
  readonly sequence: number | undefined;
}

/** The address of a machine's page; with `then` as the machine was at that time. */
export function machineAddress(id: string, then?: TimeQuery): string {
  return addressOf('machines', [id], then === undefined ? {} : timeQuery(then));
}

/** How an address tells a time; without one: that it tells none. */
export function timeQuery(
  then: TimeQuery | null,
): Readonly<Record<'ts' | 'seq', string | undefined>> {
  return { ts: then?.ts.toString(), seq: then?.sequence?.toString() };
}

/**
 * The time that an address tells: unix seconds as the API has them, or what a log line has, such as
 * `2026-11-23T05:10:00Z`. Null where it tells none, or none that can be read.
 */
export function timeIn({ ts = '', seq = '' }: Place['query']): TimeQuery | null {
  const written = /^\d{4}-\d{2}-\d{2}T/.test(ts) ? Date.parse(ts) / 1000 : Number.NaN;
  const told = /^\d+(\.\d+)?$/.test(ts) ? Number(ts) : written;
  if (!(told >= 0 && told <= TS_MAX)) return null;
  const sequence = /^[1-9]\d{0,14}$/.test(seq) ? Number(seq) : undefined;
  return { ts: told, sequence };
}

/** `#/machines/hedge%3ANVDA`; whatever is no page of ours is the overview. */
export function placeOf(hash: string): Place {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [name = '', ...rest] = path.split('/').map(decoded);
  const page = PAGE_NAMES.find((known) => known === name);
  const query = Object.fromEntries(new URLSearchParams(search));
  if (page === undefined) return { page: 'overview', rest: [], query: {} };
  return { page, rest: rest.filter((part) => part !== ''), query };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (thrown) {
    // Typed by hand: it names nothing, and the page says so.
    if (thrown instanceof URIError) return text;
    throw thrown;
  }
}
