import assert from 'node:assert/strict';
import { it } from 'vitest';
import { fields, fixedRow, rounded, table, timeText } from '../../src/cli/output.ts';

it('aligns text to the left, numbers to the right, and ends no line with a space', () => {
  const rows = [
    ['NVDA', 1.5, null],
    ['A', -112, 'x'],
  ];
  assert.equal(
    table(['book', 'shares', 'note'], rows),
    ['book  shares  note', 'NVDA     1.5  -', 'A       -112  x'].join('\n'),
  );
});

it('leaves a column of numbers and texts to the left', () => {
  assert.equal(table(['v'], [[1], ['off']]), 'v\n1\noff');
});

it('gives colours no room', () => {
  const green = '\u001b[32mpass\u001b[39m';
  assert.equal(table(['v', 'w'], [[green, 1]]), `v     w\n${green}  1`);
});

it('writes a line of a table whose other rows are not known', () => {
  assert.equal(
    fixedRow(['a', 12, null, 'much too long', 'e'], [3, 4, 2, 2, 1]),
    'a      12  -   much too long  e',
  );
});

it('puts values under each other', () => {
  assert.equal(
    fields([
      ['a', 1],
      ['long', null],
    ]),
    'a     1\nlong  -',
  );
});

it('writes times with their zone, and numbers without more decimals than they have', () => {
  assert.equal(timeText(1_700_000_000.5), '2023-11-14 22:13:20Z');
  assert.equal(timeText(null), '-');
  assert.equal(rounded(1.5, 4), 1.5);
  assert.equal(rounded(1.23456, 2), 1.23);
  assert.equal(rounded(null, 2), null);
});
