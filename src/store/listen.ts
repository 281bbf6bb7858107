/**
 * Notifications of the database. They only hurry what is polled for anyway: a transaction pooler
 * passes none on, and a connection that was lost misses those of its absence.
 */

import type { Logger } from '../log.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { errorText } from './database-error.ts';
import { createPool, isPooled } from './pool.ts';
import { within } from './wait.ts';

export interface ListenOptions {
  readonly url: string;
  readonly role: string;
  /** A name of ours, never a text from outside. */
  readonly channel: string;
  readonly onNotify: () => void;
  readonly mono: Clock;
  readonly log: Logger;
}

const AGAIN_MS = 5000;
/** A connection that is just being made is waited for, or a server that stops would see it. */
const CLOSE_MS = 500;

/** Listens, again and again, until the returned function ends it. */
export function listen(options: ListenOptions): () => Promise<void> {
  const { url, role, channel, onNotify, mono, log } = options;
  const pool = createPool({ url, role, connectionsMax: 1, statementTimeoutMs: 5000, log });
  let closed = false;
  let timer: Timer | null = null;
  let hangUp: (() => void) | null = null;
  let connecting: Promise<void> = Promise.resolve();
  const endForGood = (over: () => void): void => {
    log.info('the database is behind a transaction pooler: commands are polled for');
    closed = true;
    over();
  };
  const later = (): void => {
    if (closed) return;
    timer ??= mono.setTimer(AGAIN_MS, () => {
      connecting = connect();
    });
  };
  const connect = async (): Promise<void> => {
    timer = null;
    try {
      const client = await pool.connect();
      let isOver = false;
      const over = (error?: Error): void => {
        if (isOver) return;
        isOver = true;
        hangUp = null;
        client.release(error ?? true);
        later();
      };
      client.on('notification', onNotify);
      client.on('error', over);
      client.on('end', () => over());
      hangUp = over;
      if (closed) over();
      // The pooler's session would listen, for ever and for nobody.
      else if (isPooled(pool)) endForGood(over);
      else await client.query(`listen ${channel}`);
    } catch (error) {
      log.debug({ reason: errorText(error) }, 'notifications are not heard: polled instead');
      later();
    }
  };
  connecting = connect();
  return async () => {
    closed = true;
    timer?.cancel();
    hangUp?.();
    await within(
      mono,
      CLOSE_MS,
      connecting.then(() => pool.end()),
    );
  };
}
