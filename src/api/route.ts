/**
 * What a route is: a path, a schema for each part of its input, and a function from the checked
 * input to a reply. Routes know nothing of Koa, so that one table of them serves requests, and
 * later describes itself as OpenAPI.
 */

import { z } from 'zod';
import type { Caller } from './access.ts';
import { InvalidInput } from './problem.ts';

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  /** JSON when it is not given. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RouteInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Undefined where a read is open and nobody proved who they are. */
  readonly caller: Caller | undefined;
}

interface RouteShape<P, Q, B> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly summary: string;
  readonly params: z.ZodType<P>;
  readonly query: z.ZodType<Q>;
  readonly body: z.ZodType<B>;
  /** Takes a token of this bucket for each request. */
  readonly limitedBy?: string;
}

/** A route whose types are settled: it takes unknown input and checks it itself. */
export interface Route extends RouteShape<unknown, unknown, unknown> {
  readonly answer: (input: RouteInput<unknown, unknown, unknown>) => Reply | Promise<Reply>;
}

const NOTHING = z.strictObject({});
type Nothing = z.output<typeof NOTHING>;

interface RouteDefinition<P, Q, B> {
  readonly summary: string;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  readonly limitedBy?: string;
  readonly answer: (input: RouteInput<P, Q, B>) => Reply | Promise<Reply>;
}

export function get<P = Nothing, Q = Nothing>(
  path: string,
  definition: RouteDefinition<P, Q, Nothing>,
): Route {
  return settle('GET', path, definition);
}

export function post<P = Nothing, Q = Nothing, B = Nothing>(
  path: string,
  definition: RouteDefinition<P, Q, B>,
): Route {
  return settle('POST', path, definition);
}

export function json(body: unknown, status = 200): Reply {
  return { status, body };
}

function settle<P, Q, B>(
  method: 'GET' | 'POST',
  path: string,
  definition: RouteDefinition<P, Q, B>,
): Route {
  const { summary, limitedBy, answer } = definition;
  const params = orNothing(definition.params);
  const query = orNothing(definition.query);
  const body = orNothing(definition.body);
  return {
    method,
    path,
    summary,
    params,
    query,
    body,
    ...(limitedBy === undefined ? {} : { limitedBy }),
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
