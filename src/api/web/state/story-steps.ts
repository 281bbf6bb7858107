/** The story of an order as one list of steps: who did what, and how long after the decision. */

import type { OrderStoryView } from '../../../protocol/story-view.ts';
import type { OperationView } from '../../../protocol/views.ts';

export type StoryStep = { readonly ts: number } & (
  | { readonly kind: 'decided'; readonly intent: NonNullable<OrderStoryView['intent']> }
  | { readonly kind: 'machine'; readonly move: OrderStoryView['transitions'][number] }
  | { readonly kind: 'operation'; readonly row: OperationView }
  | { readonly kind: 'report'; readonly report: OrderStoryView['reports'][number] }
  | { readonly kind: 'fill'; readonly execution: OrderStoryView['executions'][number] }
  | { readonly kind: 'ended'; readonly outcome: string }
);

/** Of one moment, causes stand before what they brought. */
const ORDER: readonly StoryStep['kind'][] = [
  ...(['decided', 'machine', 'operation', 'report', 'fill', 'ended'] as const),
];

/** Told by other steps with more to say: the intent itself, and each execution. */
const TOLD_BETTER: ReadonlySet<string> = new Set(['hedge_intent', 'fill']);

/** In their order in time. */
export function storySteps(story: OrderStoryView): readonly StoryStep[] {
  const { intent, transitions, operations, reports, executions, outcome, ended_ts: ended } = story;
  const steps: StoryStep[] = [
    ...(intent === null ? [] : [{ ts: intent.ts, kind: 'decided', intent } as const]),
    ...transitions.map((move) => ({ ts: move.ts, kind: 'machine', move }) as const),
    ...operations
      .filter(({ type }) => intent === null || !TOLD_BETTER.has(type))
      .map((row) => ({ ts: row.ts, kind: 'operation', row }) as const),
    ...reports.map((report) => ({ ts: report.ts, kind: 'report', report }) as const),
    ...executions.map((execution) => ({ ts: execution.ts, kind: 'fill', execution }) as const),
    ...(outcome === null || ended === null ? [] : [{ ts: ended, kind: 'ended', outcome } as const]),
  ];
  return steps.sort((a, b) => a.ts - b.ts || ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/** Milliseconds from one stage of an order to the next; null where a stage was not reached. */
export interface StoryTimes {
  readonly toSend: number | null;
  readonly toAck: number | null;
  readonly toFill: number | null;
  readonly toEnd: number | null;
}

/** How long each stage took, by the daemon's clock. */
export function storyTimes(story: OrderStoryView): StoryTimes {
  const decided = story.intent?.ts ?? null;
  const sent = story.operations.find(({ type }) => type === 'order_sent')?.ts ?? null;
  const told = story.reports[0]?.ts ?? null;
  const filled = story.executions[0]?.ts ?? null;
  return {
    toSend: between(decided, sent),
    toAck: between(sent, told),
    toFill: between(told, filled),
    toEnd: between(decided, story.ended_ts),
  };
}

function between(from: number | null, until: number | null): number | null {
  return from === null || until === null ? null : Math.max(0, (until - from) * 1000);
}

/** Mean price of what was executed and counts; null before the first execution. */
export function averagePrice({ executions }: OrderStoryView): number | null {
  const counted = executions.filter(({ corrected }) => !corrected);
  const shares = counted.reduce((sum, { quantity }) => sum + quantity, 0);
  if (shares === 0) return null;
  return counted.reduce((sum, { quantity, price }) => sum + quantity * price, 0) / shares;
}
