import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import {
  detailText,
  isWanted,
  LINES_MAX,
  withLines,
} from '../../../src/api/web/state/log-lines.ts';
import type { LogView } from '../../../src/protocol/log-view.ts';

function line(id: number, more: Partial<LogView> = {}): LogView {
  const from = { thread: 'kernel', actor: null, machine: null, book: null };
  return { id, ts: id, level: 'info', text: `line ${id}`, detail: {}, ...from, ...more };
}

const ALL = { level: 'debug', search: '', book: '' } as const;

describe('a followed log', () => {
  it('shows a line from its level on, of its book, with the words searched for', () => {
    const one = line(1, { level: 'warn', book: 'NVDA', detail: { code: 2104 } });
    assert.ok(isWanted(one, ALL));
    assert.ok(isWanted(one, { ...ALL, level: 'warn' }));
    assert.ok(!isWanted(one, { ...ALL, level: 'error' }));
    assert.ok(!isWanted(one, { ...ALL, book: 'SPY' }));
    assert.ok(isWanted(one, { ...ALL, search: 'LINE 1' }));
    assert.ok(isWanted(one, { ...ALL, search: '2104' }));
    assert.ok(!isWanted(one, { ...ALL, search: '2105' }));
  });

  it('has each line once, newest first, and a bounded number', () => {
    const known = withLines([], [line(1), line(3)]);
    const ids = withLines(known, [line(2), line(3)]).map(({ id }) => id);
    assert.deepEqual(ids, [3, 2, 1]);
    const many = Array.from({ length: LINES_MAX + 5 }, (_, index) => line(index));
    const kept = withLines([], many);
    assert.deepEqual([kept.length, kept[0]?.id], [LINES_MAX, LINES_MAX + 4]);
  });

  it('tells the detail by its names', () => {
    assert.equal(detailText({ code: 1, why: 'so', at: [2] }), 'code=1  why=so  at=[2]');
    assert.equal(detailText({}), '');
  });
});
