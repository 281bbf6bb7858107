/** The actor of the runtime's benchmarks: answers, counts, or ends its thread. */

import type { Actor } from '../../../src/runtime/actor.ts';

export type BenchMessage =
  | { readonly type: 'echo'; readonly number: number }
  | { readonly type: 'sink'; readonly number: number }
  | { readonly type: 'exit' };

export function createActor(): Actor<BenchMessage> {
  return {
    receive(message) {
      if (message.type === 'exit') process.exit(1);
      return message.type === 'echo' ? message.number : undefined;
    },
  };
}
