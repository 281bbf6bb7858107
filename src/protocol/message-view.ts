/** Messages between actors, as the tracing tap tells them: `GET /messages`. */

import { z } from 'zod';

export const messageView = z
  .strictObject({
    id: z.int().describe('Counts the messages that were seen.'),
    ts: z.number().describe('Wall time at which it was sent, unix seconds.'),
    from: z.string().nullable().describe('Null: the kernel, in whose thread decisions are made.'),
    to: z.string(),
    kind: z.enum(['cast', 'call']),
    type: z.string(),
    waited_ms: z.number().describe('From the sending until it was taken.'),
    took_ms: z.number().describe('Until the receiver had settled.'),
  })
  .readonly();
export type MessageView = z.output<typeof messageView>;

export const messagesView = z
  .strictObject({
    messages: z.array(messageView).readonly().describe('Oldest first.'),
    last_id: z.int(),
    missed: z.number().describe('Left out in a flood, or since gone, after the asked id.'),
  })
  .readonly();
export type MessagesView = z.output<typeof messagesView>;

export interface MessagesQuery {
  /** Only younger ones. */
  readonly after: number;
  readonly limit: number;
}

/** It listens from the first question until nobody has asked for a while. */
export interface MessageReads {
  messages(query: MessagesQuery): MessagesView;
}
