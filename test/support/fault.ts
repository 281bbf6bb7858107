/** Asserts about faults: code and message of what was thrown. */

import assert from 'node:assert/strict';

import { Fault, type FaultCode } from '../../src/fault.ts';

/** Returns the fault that `run` throws; it is one line and carries no database password. */
export async function faultOf(code: FaultCode, run: () => unknown): Promise<Fault> {
  try {
    await run();
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    assert.equal(error.code, code, error.message);
    assert.doesNotMatch(error.message, /\n|:[^/@\s]+@/);
    return error;
  }
  throw new assert.AssertionError({ message: `expected Fault('${code}')` });
}
