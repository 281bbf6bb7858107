/** Schemas of what several routes take. */

import { z } from 'zod';

export const symbol = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z][A-Z0-9. ]{0,11}$/, 'a ticker symbol');

/** How many rows at most; `preset` where the caller names no number. */
export function rowLimit(most: number, preset: number) {
  return z.coerce.number().int().min(1).max(most).default(preset);
}

export const machineId = z
  .string()
  .regex(/^[A-Za-z0-9_.: -]{1,64}$/, 'a machine id such as hedge:NVDA');
