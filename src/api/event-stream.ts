/**
 * Server-sent events: the live feed for any number of readers. A reader that comes back with the id
 * it saw last misses nothing the feed still has; one that does not read is cut, not waited for.
 */

import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { LogReads, LogView } from '../protocol/log-view.ts';
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

/** What a reader saw last, of what happened and of what was logged; undefined: nothing yet. */
export interface Seen {
  readonly event: number | undefined;
  readonly line: number | undefined;
}

const NOTHING_SEEN: Seen = { event: undefined, line: undefined };

/** The two counts of a `Last-Event-ID`, `12.7`; null where it is no id of ours. */
export function parseLastEventId(text: string): Seen | null {
  const match = /^(\d{1,15})?(?:\.(\d{1,15}))?$/.exec(text);
  if (match === null) return null;
  const [, event, line] = match;
  return {
    event: event === undefined ? undefined : Number(event),
    line: line === undefined ? undefined : Number(line),
  };
}

export interface EventStreams {
  /** Takes over the response until either side ends it. */
  open(response: ServerResponse, after: Seen): void;
  readonly size: () => number;
  close(): void;
}

export function createEventStreams(feed: EventFeed, logs: LogReads, mono: Clock): EventStreams {
  const streams = new Set<() => void>();
  // Ids start again with the daemon; by the epoch a reader sees that the past it knows is gone.
  const epoch = randomBytes(4).toString('hex');
  const format = createFormatter();

  return {
    size: () => streams.size,
    open(response, after) {
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
      const end = follow(response, { feed, logs, mono, format }, after);
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

type Event = FeedEvent | { readonly kind: 'log'; readonly data: LogView };
type Formatter = (seen: Seen, event: Event) => string;

interface Sources {
  readonly feed: EventFeed;
  readonly logs: LogReads;
  readonly mono: Clock;
  readonly format: Formatter;
}

/** Subscribes `response` to feed and logs; the result ends all, however often it is called. */
function follow(response: ServerResponse, sources: Sources, after: Seen): () => void {
  const { feed, logs, mono, format } = sources;
  let keepAlive: Timer | undefined;
  const subscriptions: (() => void)[] = [];
  let seen: Seen = { event: after.event, line: after.line ?? (logs.lastId || undefined) };
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    keepAlive?.cancel();
    for (const unsubscribe of subscriptions) unsubscribe();
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
  const tell = (now: Seen, event: Event) => {
    seen = now;
    send(format(seen, event));
  };
  const beat = () => {
    send(': alive\n\n');
    if (!ended) keepAlive = mono.setTimer(KEEP_ALIVE_MS, beat);
  };
  keepAlive = mono.setTimer(KEEP_ALIVE_MS, beat);
  const onLine = (data: LogView) => tell({ ...seen, line: data.id }, { kind: 'log', data });
  const onEvent = (id: number, event: FeedEvent) => tell({ ...seen, event: id }, event);
  // Lines before events: an event's id then never tells of a line that was not sent.
  subscriptions.push(logs.follow(onLine, after.line));
  subscriptions.push(feed.subscribe(onEvent, after.event));
  // The resumed past alone may have been too much: then both are left only here.
  if (ended) for (const unsubscribe of subscriptions) unsubscribe();
  return end;
}

/** All readers get the same text, so that an event is written out once, not once a reader. */
function createFormatter(): Formatter {
  let last: unknown;
  let lastSeen: Seen = NOTHING_SEEN;
  let text = '';
  return (seen, event) => {
    if (event.data === last && seen.event === lastSeen.event && seen.line === lastSeen.line) {
      return text;
    }
    const line = seen.line === undefined ? '' : `.${seen.line}`;
    const id = `${seen.event ?? ''}${line}`;
    text = `id: ${id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event.data)}\n\n`;
    last = event.data;
    lastSeen = seen;
    return text;
  };
}
