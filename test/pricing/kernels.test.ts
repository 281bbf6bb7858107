import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'vitest';
import { ARTEFACT, compileKernels } from '../support/build-kernels.ts';

it('builds the kernels that are checked in from the source beside them', async () => {
  const built = await compileKernels();
  assert.ok(Buffer.from(built).equals(readFileSync(ARTEFACT)), '`npm run kernels` rebuilds them');
}, 60_000);
