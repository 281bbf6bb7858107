/** Which page is shown: it stands in the fragment of the address, so that it can be linked to. */

import { signal } from '@preact/signals';
import { addressOf, type Place, placeOf } from './address.ts';

export const place = signal<Place>(placeOf(location.hash));

/** Follows the address from now on. */
export function followAddress(): void {
  addEventListener('hashchange', () => {
    place.value = placeOf(location.hash);
  });
}

/** Changes how the page is looked at, without a step in the browser's history. */
export function look(query: Readonly<Record<string, string | undefined>>): void {
  const { page, rest } = place.value;
  const address = addressOf(page, rest, { ...place.value.query, ...query });
  history.replaceState(null, '', address);
  place.value = placeOf(address);
}
