/**
 * Compiles the vector kernels of `src/pricing/kernels`. `npm run kernels` writes the artefact that
 * is checked in; a test compiles again and compares the bytes.
 */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const FOLDER = fileURLToPath(new URL('../../src/pricing/kernels/', import.meta.url));
export const ARTEFACT = `${FOLDER}pricing.wasm`;

// No relaxed SIMD: its results differ between machines, and a journal must replay to the bit.
const OPTIONS =
  '--runtime stub -O3 --noAssert --enable simd --enable threads --importMemory --sharedMemory ' +
  '--initialMemory 16 --maximumMemory 1024';

export async function compileKernels(): Promise<Uint8Array> {
  let binary: Uint8Array | null = null;
  const messages: string[] = [];
  const { error } = await asc.main(
    [
      'european.ts',
      'iv.ts',
      'american.ts',
      '--baseDir',
      FOLDER,
      '-o',
      'pricing.wasm',
      ...OPTIONS.split(' '),
    ],
    {
      writeFile: (name, contents) => {
        assert.equal(name, 'pricing.wasm');
        assert(contents instanceof Uint8Array);
        binary = contents;
      },
      stderr: { write: (chunk: string | Uint8Array) => void messages.push(String(chunk)) },
    },
  );
  assert(error === null && binary !== null, `${error?.message}\n${messages.join('')}`);
  return binary;
}

if (import.meta.main) writeFileSync(ARTEFACT, await compileKernels());
