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

/** Which moment: the last record up to a number or to a wall time, unix seconds. */
export type MomentQuery = { readonly seq: number } | { readonly ts: number };

/** Replays what was; computed off the engine's thread, bounded in time. */
export interface PastReads {
  /** Throws `Fault('not_found')` where the journal does not reach, `deadline` where it is long. */
  machineAt(id: string, moment: MomentQuery): Promise<PastMachineView>;
}
