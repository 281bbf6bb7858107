/**
 * What a route is: a path, a schema for each part of its input and for its answer, and a function
 * from the checked input to a reply. Routes know nothing of Koa, so that one table of them serves
 * requests, describes itself as OpenAPI and types the clients.
 */

import { z } from 'zod';
import type { Caller } from './access.ts';
import { InvalidInput, type ProblemCode } from './problem.ts';

export interface Reply<R = unknown> {
  readonly status: number;
  readonly body: R;
  /** `body` as JSON already, where many are answered alike. */
  readonly bytes?: Buffer;
  /** JSON when it is not given. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A caller that has it is told so by its ETag, without the body. */
  readonly lasting?: boolean;
}

export interface RouteInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Undefined where a read is open and nobody proved who they are. */
  readonly caller: Caller | undefined;
}

interface Described {
  /** What clients call it: a name of its own among all routes. */
  readonly id: string;
  readonly summary: string;
  /** Beside those that its input, its access and its limits bring with them. */
  readonly refusals: readonly ProblemCode[];
  /** Media types that a query parameter can ask for in place of JSON. */
  readonly otherTypes: readonly string[];
  /** Of the answer when nothing is refused. */
  readonly statuses: readonly number[];
  /** Takes a token of this bucket for each request. */
  readonly limitedBy?: string;
}

interface RouteShape<P, Q, B> extends Described {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly params: z.ZodType<P>;
  readonly query: z.ZodType<Q>;
  readonly body: z.ZodType<B>;
  readonly reply: z.ZodType;
}

/** A route whose types are settled: it takes unknown input and checks it itself. */
export interface Route extends RouteShape<unknown, unknown, unknown> {
  readonly answer: (input: RouteInput<unknown, unknown, unknown>) => Reply | Promise<Reply>;
  /** Gives the answer where it depends on no input; with `bytes`, nothing else is asked. */
  readonly ready?: () => Reply;
}

const NOTHING = z.strictObject({});
type Nothing = z.output<typeof NOTHING>;

interface RouteDefinition<P, Q, B, R> extends Partial<Omit<Described, 'id' | 'summary'>> {
  readonly id: string;
  readonly summary: string;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  readonly reply: z.ZodType<R>;
  readonly answer: (input: RouteInput<P, Q, B>) => Reply<R> | Promise<Reply<R>>;
  readonly ready?: () => Reply<R>;
}

/** Declares a route that reads. */
export function get<R, P = Nothing, Q = Nothing>(
  path: string,
  definition: RouteDefinition<P, Q, Nothing, R>,
): Route {
  return settle('GET', path, definition);
}

/** Declares a route that commands. */
export function post<R, P = Nothing, Q = Nothing, B = Nothing>(
  path: string,
  definition: RouteDefinition<P, Q, B, R>,
): Route {
  return settle('POST', path, definition);
}

/** A reply with this body, 200 unless told otherwise. */
export function json<R>(body: R, status = 200): Reply<R> {
  return { status, body };
}

function settle<P, Q, B, R>(
  method: 'GET' | 'POST',
  path: string,
  definition: RouteDefinition<P, Q, B, R>,
): Route {
  const { id, summary, limitedBy, reply, answer, ready } = definition;
  const { refusals = [], otherTypes = [], statuses = [200] } = definition;
  const params = orNothing(definition.params);
  const query = orNothing(definition.query);
  const body = orNothing(definition.body);
  return {
    ...{ id, summary, refusals, otherTypes, statuses, method, path, params, query, body, reply },
    ...(limitedBy === undefined ? {} : { limitedBy }),
    ...(ready === undefined ? {} : { ready }),
    answer: (input) =>
      answer({
        params: check('params', params, input.params),
        query: check('query', query, input.query),
        body: check('body', body, input.body),
        caller: input.caller,
      }),
  };
}

function orNothing<T>(schema: z.ZodType<T> | undefined): z.ZodType<T> {
  // Where no schema is given, `T` is `Nothing` by the defaults of `get` and `post`.
  return schema ?? (NOTHING as unknown as z.ZodType<T>);
}

function check<T>(part: 'params' | 'query' | 'body', schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new InvalidInput(part, parsed.error.issues);
  return parsed.data;
}
