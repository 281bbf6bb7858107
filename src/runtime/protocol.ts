/**
 * What an actor takes. Its protocol names the `type` of every message, and the compiler sees that
 * the list is whole and holds nothing else. A mailbox whose actor has one refuses what is not of
 * it: a message from a neighbour of another version, or to the wrong id, is a counted fault of its
 * sender and no defect of the receiver. What lies inside a message is its sender's word: between
 * our own threads the types are checked when they are compiled, at the edges of the process zod
 * checks the values.
 */

export interface Protocol<M> {
  takes(message: unknown): message is M;
}

/** The id of an actor together with what it takes: a ref made from it needs no type. */
export interface ActorKey<M> {
  readonly id: string;
  readonly protocol: Protocol<M>;
}

/** Declares a protocol: `defineProtocol<M>({ 'order.cancel': true, … })`. */
export function defineProtocol<M extends { readonly type: string }>(
  types: Readonly<Record<M['type'], true>>,
): Protocol<M> {
  const known = new Set(Object.keys(types));
  return {
    takes: (message): message is M =>
      typeof message === 'object' &&
      message !== null &&
      'type' in message &&
      typeof message.type === 'string' &&
      known.has(message.type),
  };
}

/** Names an actor of this protocol. */
export function actorKey<M>(id: string, protocol: Protocol<M>): ActorKey<M> {
  return { id, protocol };
}
