/** `--universe-sides`: how far bid and ask are apart where LEAN has one price a day alone. */

import { InvalidArgumentError } from 'commander';
import type { AssumedSides } from '../store/lean-universe.ts';

export const SIDES_HELP =
  'PERCENT,USD: of daily bars of LEAN, take the universes of days without quotes, with sides so ' +
  'many percent of the price apart, and at least so many USD';

/** Reads it. Throws `InvalidArgumentError`. */
export function toSides(text: string): AssumedSides {
  const [percent = Number.NaN, least = Number.NaN, ...more] = text.split(',').map(Number);
  // Without any distance options would be traded at the middle, which nobody does.
  if (!(percent >= 0 && percent < 100 && least >= 0.01) || more.length > 0) {
    throw new InvalidArgumentError(`"${text}" is no PERCENT,USD, such as 3,0.05; at least a cent.`);
  }
  return { percent, least };
}
