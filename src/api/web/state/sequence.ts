/** A sequence diagram of messages: lifelines from left to right, arrows from top to bottom. */

import type { MessageView } from '../../../protocol/message-view.ts';

export interface Lifeline {
  readonly id: string;
  readonly x: number;
}

export interface Arrow {
  readonly message: MessageView;
  readonly from: number;
  readonly to: number;
  readonly y: number;
}

export interface Sequence {
  readonly lifelines: readonly Lifeline[];
  readonly arrows: readonly Arrow[];
  readonly width: number;
  readonly height: number;
}

const LEFT = 60;
const APART = 118;
const TOP = 44;
const ROW = 20;

/** Who sends without a name is the kernel; it has a lifeline as any other. */
export const KERNEL = 'kernel';

export function sequenceOf(messages: readonly MessageView[]): Sequence {
  const ids = new Set<string>();
  for (const { from, to } of messages) ids.add(from ?? KERNEL).add(to);
  // In a fixed order: a diagram that follows does not jump about.
  const lifelines = [...ids].sort().map((id, index) => ({ id, x: LEFT + index * APART }));
  const place = new Map(lifelines.map(({ id, x }) => [id, x]));
  const arrows = messages.map((message, index) => ({
    message,
    from: place.get(message.from ?? KERNEL) ?? 0,
    to: place.get(message.to) ?? 0,
    y: TOP + (index + 1) * ROW,
  }));
  return {
    lifelines,
    arrows,
    width: LEFT * 2 + Math.max(0, lifelines.length - 1) * APART,
    height: TOP + (messages.length + 1) * ROW,
  };
}
