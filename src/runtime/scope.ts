/**
 * What one life of an actor may reach, and only while it lives: after a crash a forgotten timer or
 * socket of the dead life must not act in the name of its successor.
 */

import assert from 'node:assert/strict';
import type { Logger } from '../log.ts';
import type { ActorContext, ActorRef, Down } from './actor.ts';
import { ACTORS_MAX } from './actor-table.ts';
import { actorDown } from './call-table.ts';
import type { Clock, Timer, WallClock } from './clock.ts';
import type { SenderRef } from './post-office.ts';
import type { Random } from './random.ts';

export interface ScopePorts {
  readonly mono: Clock;
  readonly wall: WallClock;
  readonly random: Random;
  readonly log: Logger;
  ref<M>(id: string): SenderRef<M>;
  watch(id: string, onDown: (down: Down) => void): () => void;
  /** A timer's callback threw: a defect of the actor that set it. */
  crashed(thrown: unknown): void;
}

/** One of every actor there can be: what is watched may all end at once. */
const WATCHES_MAX = ACTORS_MAX;

export class Scope {
  readonly context: ActorContext;
  readonly #ports: ScopePorts;
  readonly #timers = new Set<Timer>();
  readonly #watches = new Set<() => void>();
  #silent = false;
  #muted = 0;

  constructor(id: string, ports: ScopePorts) {
    this.#ports = ports;
    this.context = {
      id,
      mono: { now: () => ports.mono.now(), setTimer: (ms, fire) => this.#setTimer(ms, fire) },
      wall: ports.wall,
      random: ports.random,
      log: ports.log,
      ref: <M>(to: string) => this.#ref<M>(to),
      watch: (of, onDown) => this.#watch(of, onDown),
    };
  }

  /** Ends its timers; it can still send, while it cleans up. */
  endTimers(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  /** Nothing of this life acts any more. */
  end(): void {
    this.endTimers();
    for (const end of this.#watches) end();
    this.#watches.clear();
    this.#silent = true;
  }

  #setTimer(delayMs: number, fire: () => void): Timer {
    if (this.#silent) return { cancel: () => undefined };
    const timer = this.#ports.mono.setTimer(delayMs, () => {
      this.#timers.delete(timer);
      try {
        fire();
      } catch (thrown) {
        this.#ports.crashed(thrown);
      }
    });
    this.#timers.add(timer);
    return {
      cancel: () => {
        timer.cancel();
        this.#timers.delete(timer);
      },
    };
  }

  #watch(id: string, onDown: (down: Down) => void): () => void {
    if (this.#silent) return () => undefined;
    assert(this.#watches.size < WATCHES_MAX, `${this.context.id} watches too much`);
    const end = this.#ports.watch(id, (down) => {
      // It may have been ended since the end it tells of.
      if (this.#watches.delete(end)) onDown(down);
    });
    this.#watches.add(end);
    return () => {
      end();
      this.#watches.delete(end);
    };
  }

  #ref<M>(id: string): ActorRef<M> {
    const ref = this.#ports.ref<M>(id);
    return {
      id,
      cast: (message) => {
        if (this.#silent) this.#mute(id);
        else ref.cast(message);
      },
      send: (message, deadlineMs) => {
        if (!this.#silent) return ref.send(message, deadlineMs, () => !this.#silent);
        this.#mute(id);
        return Promise.reject(actorDown(this.context.id));
      },
      call: (message, deadlineMs) => {
        if (!this.#silent) return ref.call(message, deadlineMs);
        this.#mute(id);
        return Promise.reject(actorDown(this.context.id));
      },
    };
  }

  #mute(to: string): void {
    this.#muted += 1;
    if (this.#muted === 1) this.context.log.warn({ to }, 'a dead actor still sends');
  }
}
