/**
 * Server-sent events: the live feed for any number of readers. A reader that comes back with the id
 * it saw last misses nothing the feed still has; one that does not read is cut, not waited for.
 */

import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { EventFeed, FeedEvent } from '../protocol/ports.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { HttpProblem } from './problem.ts';

/** More pages than a desk opens; each costs a subscription and its share of every event. */
const STREAMS_MAX = 64;
/** About a minute of a busy feed. Who is further behind reloads sooner than it would catch up. */
const UNSENT_BYTES_MAX = 1024 * 1024;
/** Below the idle limits of common proxies, which start at 30 s. */
const KEEP_ALIVE_MS = 15_000;
/** How soon a browser comes back, ms. */
const RETRY_MS = 1000;

export interface EventStreams {
  /** Takes over the response until either side ends it. */
  open(response: ServerResponse, afterId: number | undefined): void;
  readonly size: () => number;
  close(): void;
}

export function createEventStreams(feed: EventFeed, mono: Clock): EventStreams {
  const streams = new Set<() => void>();
  // Ids start again with the daemon; by the epoch a reader sees that the past it knows is gone.
  const epoch = randomBytes(4).toString('hex');
  const format = createFormatter();

  return {
    size: () => streams.size,
    open(response, afterId) {
      if (streams.size >= STREAMS_MAX) {
        throw new HttpProblem('too_many_streams', `${STREAMS_MAX} event streams are open`, {
          'Retry-After': '10',
        });
      }
      response.writeHead(200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
      });
      response.write(`retry: ${RETRY_MS}\nevent: hello\ndata: ${JSON.stringify({ epoch })}\n\n`);
      const end = follow(response, feed, afterId, mono, format);
      streams.add(end);
      response.once('close', () => {
        end();
        streams.delete(end);
      });
    },
    close() {
      for (const end of streams) end();
      streams.clear();
    },
  };
}

type Formatter = (id: number, event: FeedEvent) => string;

/** Subscribes `response` to the feed; the result ends both, however often it is called. */
function follow(
  response: ServerResponse,
  feed: EventFeed,
  afterId: number | undefined,
  mono: Clock,
  format: Formatter,
): () => void {
  let keepAlive: Timer | undefined;
  let unsubscribe: (() => void) | undefined;
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    keepAlive?.cancel();
    unsubscribe?.();
    response.end();
  };
  const send = (text: string) => {
    if (ended) return;
    response.write(text);
    if (response.writableLength <= UNSENT_BYTES_MAX) return;
    end();
    // `end` waits until everything was read, and this reader does not read.
    response.destroy();
  };
  const beat = () => {
    send(': alive\n\n');
    if (!ended) keepAlive = mono.setTimer(KEEP_ALIVE_MS, beat);
  };
  keepAlive = mono.setTimer(KEEP_ALIVE_MS, beat);
  unsubscribe = feed.subscribe((id, event) => send(format(id, event)), afterId);
  // The resumed past alone may have been too much: then the feed is left only here.
  if (ended) unsubscribe();
  return end;
}

/** All readers get the same text, so that an event is written out once, not once a reader. */
function createFormatter(): Formatter {
  let last: FeedEvent | undefined;
  let text = '';
  return (id, event) => {
    if (event !== last) {
      text = `id: ${id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event.data)}\n\n`;
      last = event;
    }
    return text;
  };
}
