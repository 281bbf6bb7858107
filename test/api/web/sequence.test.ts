import assert from 'node:assert/strict';
import { it } from 'vitest';
import { sequenceOf } from '../../../src/api/web/state/sequence.ts';
import type { MessageView } from '../../../src/protocol/message-view.ts';

function message(id: number, from: string | null, to: string): MessageView {
  return { id, ts: id, from, to, kind: 'cast', type: 'told', waited_ms: 0, took_ms: 0 };
}

it('draws each actor once, and each message below the one before, between its two', () => {
  const messages = [message(1, 'greeks', 'broker'), message(2, null, 'greeks')];
  const { lifelines, arrows, width, height } = sequenceOf(messages);
  assert.deepEqual(
    lifelines.map(({ id }) => id),
    ['broker', 'greeks', 'kernel'],
  );
  const place = new Map(lifelines.map(({ id, x }) => [id, x]));
  const [first, second] = arrows;
  assert.deepEqual([first?.from, first?.to], [place.get('greeks'), place.get('broker')]);
  assert.deepEqual([second?.from, second?.to], [place.get('kernel'), place.get('greeks')]);
  assert.ok((first?.y ?? 0) < (second?.y ?? 0) && (second?.y ?? 0) < height);
  assert.ok(lifelines.every(({ x }) => x > 0 && x < width));
});

it('is empty without a message', () => {
  assert.deepEqual(sequenceOf([]).lifelines, []);
});
