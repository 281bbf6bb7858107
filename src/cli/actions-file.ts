/** The file of `--actions`: dividends and splits that a data set does not know of. */

import { z } from 'zod';
import { readYaml } from '../config/yaml-source.ts';
import { Fault } from '../fault.ts';
import type { CorporateActions } from '../store/dataset-manifest.ts';

const day = z.string().regex(/^\d{8}$/, 'a day as YYYYMMDD');
const shares = z.int().min(1).max(1000);
const schema = z.strictObject({
  dividends: z
    .array(z.strictObject({ ex_date: day, amount: z.number().positive() }))
    .max(1000)
    .default([]),
  splits: z
    .array(z.strictObject({ date: day, to: shares, from: shares.default(1) }))
    .max(20)
    .default([]),
});

const ROLE = { name: 'corporate actions', remedy: 'name a file with --actions' };

/** Reads `--actions FILE`, YAML or JSON. Throws `Fault('config_invalid')`. */
export function readActions(file: string): CorporateActions {
  const parsed = schema.safeParse(readYaml(file, ROLE).data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = `${file}: ${issue?.path.join('.') ?? ''}`;
    throw new Fault('config_invalid', `${where}: ${issue?.message ?? 'invalid'}`, {
      remedy:
        'dividends: a list of { ex_date, amount }; splits: a list of { date, to, from }, ' +
        'three for two is { to: 3, from: 2 }',
    });
  }
  const { dividends, splits } = parsed.data;
  return { dividends, splits: splits.map(({ date, to, from }) => ({ date, ratio: to / from })) };
}
