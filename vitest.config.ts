import { defineConfig } from 'vitest/config';

/**
 * Two projects: `unit` is quick, in-process and runs in `npm run check`; `system` starts real
 * processes, sockets, databases and browsers. `npm test` runs both.
 */
const SYSTEM = [
  'test/integration/**',
  'test/acceptance/**',
  'test/browser/**',
  'test/cli/**',
  'test/simulation/**',
  'test/store/**',
];

export default defineConfig({
  test: {
    reporters: ['default', './test/support/plain-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: SYSTEM,
          pool: 'threads',
        },
      },
      {
        test: {
          name: 'system',
          include: SYSTEM.map((folder) => `${folder}/*.test.ts`),
          pool: 'forks',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
