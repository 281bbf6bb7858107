/** The actor of the runtime's benchmarks: answers, counts, or ends its thread. */

import type { Actor, ActorContext, ActorRef } from '../../../src/runtime/actor.ts';

export type BenchMessage =
  | { readonly type: 'echo'; readonly number: number }
  | { readonly type: 'sink'; readonly number: number }
  | { readonly type: 'flood'; readonly messages: number }
  | { readonly type: 'quote'; readonly quote: Readonly<Record<string, number>> }
  | { readonly type: 'exit' };

/** The kernel's receiver of a flood. */
export const FLOODED = 'kernel:flooded';

const SEND_MS = 60_000;

export function createActor(context: ActorContext): Actor<BenchMessage> {
  const flooded: ActorRef<BenchMessage> = context.ref(FLOODED);
  return {
    receive(message) {
      if (message.type === 'exit') process.exit(1);
      if (message.type === 'flood') return flood(flooded, message.messages);
      return message.type === 'echo' ? message.number : undefined;
    },
  };
}

async function flood(to: ActorRef<BenchMessage>, messages: number): Promise<void> {
  for (let number = 0; number < messages; number += 1) {
    await to.send({ type: 'sink', number }, SEND_MS);
  }
}
