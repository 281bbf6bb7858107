/** The file of `--grid`: which parameter sets a sweep runs, and what is sought among them. */

import { z } from 'zod';
import { type GridSpec, OBJECTIVES } from '../backtest/grid.ts';
import { readYaml } from '../config/yaml-source.ts';
import { Fault } from '../fault.ts';

const scalar = z.union([z.number(), z.string(), z.boolean(), z.null()]);
const axis = z.union([
  z.array(scalar).min(1).max(1000),
  z.strictObject({
    from: z.number(),
    to: z.number(),
    step: z.number().positive().optional(),
    integer: z.boolean().optional(),
  }),
]);
const days = z.int().min(1).max(10_000);
const gridSchema = z.strictObject({
  search: z.enum(['grid', 'random', 'sobol', 'halving']).default('grid'),
  samples: z.int().min(1).max(100_000).default(64),
  keep: z.int().min(2).max(100).default(3),
  seeds: z.array(z.int().min(0)).min(1).max(1000).default([1]),
  objective: z.enum(OBJECTIVES).default('sharpe'),
  walk_forward: z.strictObject({ train_days: days, test_days: days }).nullable().default(null),
  parameters: z
    .record(z.string(), axis)
    .refine((axes) => Object.keys(axes).length > 0, 'names no parameter'),
});

const ROLE = { name: 'grid', remedy: 'name a file with --grid' };

/** Throws `Fault('config_invalid')`. */
export function readGrid(file: string): GridSpec {
  const parsed = gridSchema.safeParse(readYaml(file, ROLE).data);
  if (parsed.success) return parsed.data as GridSpec;
  const [issue] = parsed.error.issues;
  const where = `${file}: ${issue?.path.join('.') ?? ''}`;
  throw new Fault('config_invalid', `${where}: ${issue?.message ?? 'invalid'}`, {
    remedy: 'parameters: { gates.intent.hedge.cooldown_seconds: [30, 60, 120] }',
  });
}
