/** An alert that holds, as it is shown: its id, and what it says in English and in values. */

import { z } from 'zod';

export const alertView = z
  .strictObject({
    id: z.string(),
    symbol: z.string().nullable().describe('Null: of the account or the daemon.'),
    since: z.number().describe('Unix seconds.'),
    text: z.string().describe('In English.'),
    values: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .readonly()
      .describe('What `text` says of it besides the id, for other languages.'),
  })
  .readonly();
export type AlertView = z.output<typeof alertView>;
