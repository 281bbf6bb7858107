/**
 * The persistence actor's place in a simulation: there is no database, but it comes and goes, and
 * what is said of it is what the real actor says.
 */

import type { PersistenceArgs, PersistenceMessage } from '../../actors/persistence.ts';
import type { Actor, ActorContext } from '../../src/runtime/actor.ts';

export interface SinkState {
  down: boolean;
}

const LOOK_MS = 1000;

/** Makes the actor's factory over a database that the world switches off and on. */
export function sinkActor(sink: SinkState) {
  return (context: ActorContext, { reportTo }: PersistenceArgs): Actor<PersistenceMessage> => {
    let told: string | undefined;
    const look = (): void => {
      const state = sink.down ? 'down' : 'ok';
      if (state !== told) context.ref(reportTo).cast({ type: 'sink', state });
      told = state;
    };
    const again = (): void => {
      look();
      context.mono.setTimer(LOOK_MS, again);
    };
    context.mono.setTimer(LOOK_MS, again);
    return { receive: look };
  };
}
