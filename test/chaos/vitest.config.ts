/**
 * `npm run chaos`: what can be done to running processes is done to them, again and again, beside
 * what `npm test` does once. It takes the machine for long, so it is a run of its own.
 */

import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

import { ChaosReporter } from './support/reporter.ts';

export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    include: ['test/chaos/*.chaos.ts'],
    reporters: [new ChaosReporter()],
    pool: 'forks',
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
