/** A statechart as it is drawn: where its states are and which way its arrows go, in px. */

import { z } from 'zod';

const point = z.tuple([z.number(), z.number()]).readonly();

export const chartLayoutView = z
  .strictObject({
    width: z.number(),
    height: z.number(),
    states: z
      .array(
        z
          .strictObject({
            path: z.string().describe('Below the machine, such as `lifecycle.operating`.'),
            name: z.string(),
            type: z.string(),
            initial: z.boolean().describe('Whether its parent begins with it.'),
            x: z.number(),
            y: z.number(),
            width: z.number(),
            height: z.number(),
          })
          .readonly(),
      )
      .readonly()
      .describe('Parents before what is in them.'),
    edges: z
      .array(
        z
          .strictObject({
            from: z.string(),
            to: z.string(),
            lines: z.array(z.string()).readonly().describe('Events with their guards.'),
            points: z.array(point).readonly(),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly();
export type ChartLayoutView = z.output<typeof chartLayoutView>;
