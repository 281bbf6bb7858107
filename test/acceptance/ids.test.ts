/** The list of test cases is complete, and each of them has a case that runs. */

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

import { CASE_IDS, CASES } from './cases.ts';

const HERE = import.meta.dirname;
const REQUIREMENTS = join(HERE, '../../../shared/spec/requirements.md');

/** Ids with their lines, as the table of the requirements has them. */
function rowsOf(text: string): readonly (readonly [id: string, what: string])[] {
  return [...text.matchAll(/^\| (TC-\S+) \| (.*) \|$/gm)].map(([, id = '', what = '']) => [
    id,
    what,
  ]);
}

describe('the acceptance run', () => {
  it('has one case for each test case, and none for others', () => {
    const texts = globSync('*.acceptance.ts', { cwd: HERE }).map((file) =>
      readFileSync(join(HERE, file), 'utf8'),
    );
    const proven = texts.flatMap((text) =>
      [...text.matchAll(/\bproves\(\s*'(TC-[^']+)'/g)].map(([, id]) => id),
    );
    assert.deepEqual(proven.toSorted(), CASE_IDS.toSorted());
  });

  it.skipIf(!existsSync(REQUIREMENTS))('knows the test cases that are required', () => {
    const rows = rowsOf(readFileSync(REQUIREMENTS, 'utf8'));
    assert.ok(rows.length > 30);
    assert.deepEqual(Object.entries(CASES), rows);
  });
});
