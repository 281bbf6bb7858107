/** The recorder as `/status` shows it. */

import { z } from 'zod';

function exact<S extends z.core.$ZodShape>(shape: S) {
  return z.strictObject(shape).readonly();
}

/** How much the recorder has recorded, and how well it keeps up. */
export const recorderView = exact({
  state: z.enum(['recording', 'failed']),
  reason: z.string().describe('Why it failed, or what the recorder before left; else empty.'),
  dir: z.string().describe('The data set.'),
  rows: z.number().describe('Taken since it began.'),
  waiting: z.number().describe('Of them not on disk yet.'),
  files: z.number().describe('Closed files of the data set: what its readers see.'),
  bytes: z.number().describe('Of the data set, the open file included.'),
  last_ts: z.number().nullable().describe('Of the newest row, by the exchange, unix seconds.'),
  lag_ms: z.number().describe('The longest that a quote lately waited for the recorder.'),
  skipped: exact({
    overrun: z.number().describe('They came faster than they were taken.'),
    unwritable: z.number().describe('The disk took nothing for too long.'),
    undated: z.number().describe("The broker's time was not known yet."),
    unwatched: z.number().describe('Of contracts that no book watches any more.'),
  }).describe('Quotes that are not in the data set.'),
  delayed: z.number().describe('Recorded although they are told with a delay.'),
});
export type RecorderView = z.output<typeof recorderView>;
