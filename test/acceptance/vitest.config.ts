/**
 * `npm run acceptance`: every case of the requirements against the real system. It is a run of its
 * own, because it reports for people who decide, and takes the machine for some minutes.
 */

import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

import { AcceptanceReporter } from './support/reporter.ts';

const ROOT = join(import.meta.dirname, '../..');

export default defineConfig({
  root: ROOT,
  test: {
    include: ['test/acceptance/*.acceptance.ts'],
    reporters: [new AcceptanceReporter()],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Each file has a system of its own, and two of them keep two cores busy.
    maxWorkers: 2,
  },
});
