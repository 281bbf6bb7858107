import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

import { chunksOf, type Picture, writeMovingPng } from '../pictures/png.ts';
import { ROOT } from '../support/tidy/source.ts';

const picture = (...pixels: readonly number[]): Picture => {
  return { width: 2, height: 2, pixels: Uint32Array.from(pixels) };
};

describe('the moving picture', () => {
  it('of the README moves for ever, and is small', () => {
    const name = /\]\((docs\/images\/\S+)\)/.exec(
      readFileSync(join(ROOT, 'README.md'), 'utf8'),
    )?.[1];
    const file = readFileSync(join(ROOT, name ?? ''));
    const plays = chunksOf(file).find(({ type }) => type === 'acTL')?.data;
    assert.ok(plays !== undefined && plays.readUInt32BE(0) > 10, 'it has frames');
    assert.equal(plays.readUInt32BE(4), 0, 'for ever');
    assert.ok(file.length < 1_000_000, `${file.length} bytes`);
  });

  it('holds of a frame what changed, and all of the first', () => {
    const first = picture(0xff0000, 0x00ff00, 0x0000ff, 0xffffff);
    const second = picture(0xff0000, 0x00ff00, 0x0000ff, 0xff0000);
    const frames = [first, second, second].map((shown) => ({ picture: shown, ms: 100 }));
    const chunks = chunksOf(writeMovingPng(frames));
    const areas = chunks
      .filter(({ type }) => type === 'fcTL')
      .map(({ data }) => [4, 8, 12, 16].map((at) => data.readUInt32BE(at)));
    assert.deepEqual(areas, [
      [2, 2, 0, 0],
      [1, 1, 1, 1],
      [1, 1, 0, 0],
    ]);
    const numbers = chunks
      .filter(({ type }) => type === 'fcTL' || type === 'fdAT')
      .map(({ data }) => data.readUInt32BE(0));
    assert.deepEqual(numbers, [0, 1, 2, 3, 4]);
  });
});
