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

/** The address of a machine's page. */
export function machineAddress(id: string): string {
  return addressOf('machines', [id]);
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
