/** `npm run pictures`: the pictures of README and pages, taken of the page as it is now. */

import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: { include: ['test/pictures/*.picture.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
});
