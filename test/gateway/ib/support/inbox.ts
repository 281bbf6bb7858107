/** An actor's surroundings for tests: inboxes in place of other actors, and a quiet log. */

import { pino } from 'pino';
import type { ActorContext, ActorRef } from '../../../../src/runtime/actor.ts';
import type { Clock } from '../../../../src/runtime/clock.ts';
import { createRandom } from '../../../../src/runtime/random.ts';

interface Typed {
  readonly type: string;
}

/** Keeps what it is sent and lets a test wait for it. */
export class Inbox<M extends Typed> {
  readonly messages: M[] = [];
  readonly #waits = new Set<() => void>();

  take(message: M): void {
    this.messages.push(message);
    const waits = [...this.#waits];
    this.#waits.clear();
    for (const resolve of waits) resolve();
  }

  all<T extends M['type']>(type: T): Extract<M, { type: T }>[] {
    const matches = (message: M): message is Extract<M, { type: T }> => message.type === type;
    return this.messages.filter(matches);
  }

  /** The n-th message of a type, counted from 1, when it has come. */
  async get<T extends M['type']>(type: T, count = 1): Promise<Extract<M, { type: T }>> {
    for (;;) {
      const found = this.all(type)[count - 1];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waits.add(resolve));
    }
  }

  /** The first message that fits, when it has come. */
  async find(fits: (message: M) => boolean): Promise<M> {
    for (;;) {
      const found = this.messages.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waits.add(resolve));
    }
  }

  clear(): void {
    this.messages.length = 0;
  }
}

/** A context whose refs lead to `inboxes` by actor id. */
export function contextFor(
  mono: Clock,
  inboxes: Readonly<Record<string, { take(message: never): void }>>,
): ActorContext {
  return {
    id: 'subject',
    mono,
    wall: { now: () => 1_691_069_400_000 },
    random: createRandom(1),
    log: pino({ level: 'silent' }),
    ref<M>(id: string): ActorRef<M> {
      const inbox = inboxes[id];
      if (inbox === undefined) throw new Error(`no actor ${id}`);
      return {
        id,
        cast: (message) => inbox.take(message as never),
        send: async (message) => inbox.take(message as never),
        call: () => Promise.reject(new Error('nobody answers in this test')),
      };
    },
    watch() {
      throw new Error('nobody is watched in this test');
    },
  };
}
