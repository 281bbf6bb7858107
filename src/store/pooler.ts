/**
 * Poolers between us and the server that hand each transaction another session, as PgBouncer and
 * Supavisor do. Such a pooler refuses bounds on time that are given with the connection, because it
 * cannot keep them for each client: then they are given with each transaction.
 */

import pg from 'pg';

/** PgBouncer's words, which others have taken over. */
const REFUSES = /unsupported startup parameter/;

type ConnectCallback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: Error | boolean) => void,
) => void;

/** A pool that finds out whether there is a pooler, at its first connection. */
export class PoolerAwarePool extends pg.Pool {
  /** One was found: a session keeps nothing from one transaction to the next. */
  pooled = false;
  /** What begins a transaction. */
  readonly begin: string;

  constructor(config: pg.PoolConfig & { readonly statement_timeout: number }) {
    super(config);
    this.begin = `begin; set local statement_timeout to ${config.statement_timeout}`;
    const connect = super.connect.bind(this);
    // The driver's overloads cannot be overridden one by one: these take what they take.
    this.connect = ((then?: ConnectCallback) => {
      const client = this.#first(() => connect());
      if (then === undefined) return client;
      client.then(
        (found) => then(undefined, found, (release) => found.release(release)),
        (error: Error) => then(error, undefined, () => undefined),
      );
      return undefined;
    }) as typeof this.connect;
    this.query = ((...given: readonly unknown[]) => this.#alone(given)) as typeof this.query;
  }

  async #first(connect: () => Promise<pg.PoolClient>): Promise<pg.PoolClient> {
    try {
      return await connect();
    } catch (error) {
      if (!(error instanceof Error && REFUSES.test(error.message))) throw error;
      this.pooled = true;
      delete this.options.statement_timeout;
      return await connect();
    }
  }

  /** Through a pooler it has a transaction of its own, or nothing would bound it on the server. */
  async #alone(given: readonly unknown[]): Promise<unknown> {
    const client = await this.connect();
    let isDone = false;
    try {
      const run = client.query.bind(client) as (...given: readonly unknown[]) => Promise<unknown>;
      if (this.pooled) await client.query(this.begin);
      const result = await run(...given);
      if (this.pooled) await client.query('commit');
      isDone = true;
      return result;
    } finally {
      client.release(!isDone);
    }
  }
}
