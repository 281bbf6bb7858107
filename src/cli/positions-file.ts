/** The file of `--positions`: what a backtest holds, by name. */

import { z } from 'zod';
import type { GivenPosition } from '../backtest/setup.ts';
import { readYaml } from '../config/yaml-source.ts';
import { Fault } from '../fault.ts';

const positionSchema = z
  .strictObject({
    expiry: z.string().regex(/^\d{8}$/, 'a day as YYYYMMDD'),
    strike: z.number().positive(),
    right: z.enum(['C', 'P']),
    quantity: z.int(),
    avg_cost: z.number().positive().nullable().default(null),
    /** From then on `quantity` is what is held. */
    at: z.iso.datetime({ offset: true }).optional(),
  })
  .refine(({ at, avg_cost: cost }) => at === undefined || cost === null, {
    error: 'avg_cost is of what is held from the start, at of what is traded then',
  });

/** Reads `--positions FILE`, YAML or JSON. Throws `Fault('config_invalid')`. */
export function readPositions(file: string): readonly GivenPosition[] {
  const { data } = readYaml(file, { name: 'positions', remedy: 'name a file with --positions' });
  const parsed = z.array(positionSchema).min(1).max(1000).safeParse(data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = `${file}: ${issue?.path.join('.') ?? ''}`;
    throw new Fault('config_invalid', `${where}: ${issue?.message ?? 'invalid'}`, {
      remedy:
        'a list of { expiry, strike, right, quantity }, with avg_cost where it is held already, ' +
        'or with at, a time from which it is held',
    });
  }
  return parsed.data.map(({ avg_cost: avgCost, at, ...rest }) => {
    return { ...rest, avgCost, ...(at === undefined ? {} : { at: Date.parse(at) }) };
  });
}
