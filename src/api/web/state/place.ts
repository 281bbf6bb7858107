/** Which page is shown: it stands in the fragment of the address, so that it can be linked to. */

import { signal } from '@preact/signals';

export type Place =
  | { readonly page: 'overview' }
  /** Null: no machine is chosen yet. */
  | { readonly page: 'machines'; readonly id: string | null };

export const place = signal<Place>(placeOf(location.hash));

/** Follows the address from now on. */
export function followAddress(): void {
  addEventListener('hashchange', () => {
    place.value = placeOf(location.hash);
  });
}

/** The address of a machine's page. */
export function machineAddress(id: string): string {
  return `#/machines/${encodeURIComponent(id)}`;
}

/** `#/machines/hedge%3ANVDA`; whatever is no page of ours is the overview. */
function placeOf(hash: string): Place {
  const [page, id] = hash.replace(/^#\/?/, '').split('/');
  if (page !== 'machines') return { page: 'overview' };
  return { page, id: id === undefined || id === '' ? null : decoded(id) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (thrown) {
    // Typed by hand: it names no machine, and the page says so.
    if (thrown instanceof URIError) return text;
    throw thrown;
  }
}
