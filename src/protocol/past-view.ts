/** A machine at a moment that is past, as the journal tells it: `GET /machines/:id/at`. */

import { z } from 'zod';
import { bookView, explainView } from './views.ts';

const momentView = z
  .strictObject({
    seq: z.number().describe('Of the turn in the journal.'),
    ts: z.number().describe('Wall time, unix seconds.'),
  })
  .readonly();
export type MomentView = z.output<typeof momentView>;

export const pastMachineView = z
  .strictObject({
    id: z.string(),
    machine: z.string(),
    ...momentView.unwrap().shape,
    value: z.unknown().describe('The state value, as of a machine that runs.'),
    label: z.string(),
    context: z.unknown(),
    events: z.array(z.string()).readonly().describe('Public events it would have accepted.'),
    kind: z.string().describe('Of the input of that turn.'),
    book: bookView.nullable().describe('The book of the machine at that moment; null: of none.'),
    assessment: explainView
      .nullable()
      .describe('Every gate of that book, with the numbers of that moment.'),
    session: momentView.describe('The start of the daemon that was replayed from.'),
    reaches_back_to: momentView.describe('The first start that the journal still has.'),
    newest: momentView.describe(
      'The last record of the journal; evaluations that changed nothing may be later.',
    ),
    replayed: z.number().describe('Records that were run again to know this.'),
  })
  .readonly();
export type PastMachineView = z.output<typeof pastMachineView>;

export const replayingView = z
  .strictObject({
    replaying: z.literal(true).describe('Not done yet: ask the same again, and it goes on.'),
    at: momentView.nullable().describe('How far it came; null while the journal is being read.'),
    share: z.number().min(0).max(1).describe('Of the way from the start to the moment.'),
    left_s: z.number().nullable().describe('About how many seconds are left.'),
  })
  .readonly();
export type ReplayingView = z.output<typeof replayingView>;

/** Which moment: the last record up to a number or to a wall time, unix seconds. */
export type MomentQuery = { readonly seq: number } | { readonly ts: number };

/** Replays what was; computed off the engine's thread, a slice of time for each question. */
export interface PastReads {
  /** Throws `Fault('not_found')` where the journal does not reach. */
  machineAt(id: string, moment: MomentQuery): Promise<PastMachineView | ReplayingView>;
}
