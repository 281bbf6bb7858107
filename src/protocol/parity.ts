/** Whether what the journal says was decided is decided again: the nightly check of ourselves. */

import { z } from 'zod';

const count = z.number().int();

export const parityView = z
  .strictObject({
    state: z
      .enum(['identical', 'differs', 'failed'])
      .describe('failed: the journal could not be replayed to its end.'),
    checked_at: z.number().describe('Wall time, unix seconds.'),
    took_s: z.number(),
    reason: z.string().describe('What differs, or why it failed; else empty.'),
    from_sequence: count.describe('First and last record that were looked at.'),
    to_sequence: count,
    records: count,
    evaluations: count,
    sessions: count,
    missing: count.describe('Evaluations that changed nothing and whose tape is gone.'),
    decisions: count,
    orders: count,
  })
  .readonly();
export type ParityCheck = z.output<typeof parityView>;
