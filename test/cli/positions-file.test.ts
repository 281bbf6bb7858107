import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { readActions } from '../../src/cli/actions-file.ts';
import { readPositions } from '../../src/cli/positions-file.ts';
import { faultOf } from '../support/fault.ts';
import { tempDir } from '../support/temp-dir.ts';

function fileOf(text: string): string {
  const file = join(tempDir('given'), 'given.yaml');
  writeFileSync(file, text);
  return file;
}

describe('a file of positions', () => {
  it('names what is held from the start, what is bought, and what is held from a moment on', () => {
    const file = fileOf(`
      - { expiry: '20230901', strike: 450, right: C, quantity: 5, avg_cost: 710 }
      - { expiry: '20230901', strike: 440, right: P, quantity: -2 }
      - { expiry: '20230901', strike: 450, right: C, quantity: 0, at: '2023-08-03T15:00:00Z' }
    `);
    const option = { expiry: '20230901', strike: 450, right: 'C' };
    assert.deepEqual(readPositions(file), [
      { ...option, quantity: 5, avgCost: 710 },
      { expiry: '20230901', strike: 440, right: 'P', quantity: -2, avgCost: null },
      { ...option, quantity: 0, avgCost: null, at: Date.UTC(2023, 7, 3, 15) },
    ]);
  });

  it('is named as what it is where it is not there', async () => {
    const fault = await faultOf('config_unreadable', () => readPositions('/nowhere/held.yaml'));
    assert.equal(fault.message, 'positions /nowhere/held.yaml does not exist');
    assert.match(fault.remedy ?? '', /--positions/);
  });

  it('is refused where a position is held from the start and from a moment on', async () => {
    const file = fileOf(`
      - expiry: '20230901'
        strike: 450
        right: C
        quantity: 5
        avg_cost: 710
        at: '2023-08-03T15:00:00Z'
    `);
    const fault = await faultOf('config_invalid', () => readPositions(file));
    assert.match(fault.message, /0.*avg_cost is of what is held from the start/);
  });
});

describe('a file of corporate actions', () => {
  it('has dividends by their ex-dates, and splits as the company writes them', () => {
    const file = fileOf(`
      dividends: [{ ex_date: '20230811', amount: 0.24 }]
      splits: [{ date: '20230814', to: 3, from: 2 }, { date: '20230815', to: 7 }]
    `);
    assert.deepEqual(readActions(file), {
      dividends: [{ ex_date: '20230811', amount: 0.24 }],
      splits: [
        { date: '20230814', ratio: 1.5 },
        { date: '20230815', ratio: 7 },
      ],
    });
  });

  it('is refused where it has neither, or no whole shares', async () => {
    await faultOf('config_invalid', () => readActions(fileOf('ratio: 2')));
    await faultOf('config_invalid', () => {
      readActions(fileOf("splits: [{ date: '20230814', to: 1.5 }]"));
    });
  });
});
