import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import {
  documentedExamples,
  documentedSweep,
  runExample,
  runSweepExample,
} from '../support/examples.ts';
import { ROOT } from '../support/program.ts';

const LEAN = join(ROOT, '../shared/market-data/lean');
const LONG = process.env['BIFROST_TEST_LONG'] !== undefined && existsSync(LEAN);

describe('the examples of the page on backtests', () => {
  it('are runs with six numbers each', () => {
    const examples = documentedExamples();
    assert.ok(examples.length >= 5);
    for (const { flags, told } of examples) {
      assert.equal(flags[0], '--symbol');
      assert.equal(told.length, 6);
      assert.ok(told.every((number) => /^−?\d+(\.\d\d)?$/.test(number)));
    }
  });

  for (const example of documentedExamples()) {
    it.skipIf(!LONG)(
      `${example.flags.slice(0, 4).join(' ')} gives what the page says`,
      async () => {
        assert.deepEqual(await runExample(example, LEAN), example.told);
      },
    );
  }

  it('has a sweep with a row for each set of its grid', () => {
    const { flags, told } = documentedSweep();
    assert.ok(flags.includes('config/examples/hedge-grid.yaml'));
    assert.equal(told.length, 9);
  });

  it.skipIf(!LONG)('sweeps to the table of the page', async () => {
    const { flags, told } = documentedSweep();
    assert.deepEqual(await runSweepExample(flags, LEAN), told);
  });
});
