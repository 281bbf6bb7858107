import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import { z } from 'zod';
import { definitionOf, MACHINES } from '../../src/engine/definitions.ts';
import { chartLayoutView } from '../../src/protocol/chart-layout.ts';

const LAYOUTS = new URL('../../src/engine/chart-layouts.json', import.meta.url);

describe('the statechart behind a machine', () => {
  it('is made once for all machines of a name: who looks asks the thread that decides', () => {
    assert.equal(definitionOf('hedge:NVDA'), definitionOf('hedge:SPY'));
    assert.notEqual(definitionOf('hedge:NVDA'), definitionOf('trading:NVDA'));
    assert.throws(() => definitionOf('nothing'), /no statechart behind nothing/);
  });

  it('is laid out, each of them, as the API says', () => {
    const layouts = z
      .record(z.string(), chartLayoutView)
      .parse(JSON.parse(readFileSync(LAYOUTS, 'utf8')));
    assert.deepEqual(Object.keys(layouts).sort(), Object.keys(MACHINES).sort());
    for (const name of Object.keys(MACHINES)) {
      assert.deepEqual(definitionOf(name).layout, layouts[name]);
    }
  });
});
