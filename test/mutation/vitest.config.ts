/** The quick tests of what decides and of what checks, for mutants of it (`npm run mutation`). */

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/{domain,machines,model,protocol}/**/*.test.ts', 'test/actors/*.test.ts'],
    setupFiles: ['./test/support/property-seed.ts'],
    testTimeout: 60_000,
  },
});
