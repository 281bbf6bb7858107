/**
 * The one place that knows how a failure looks over HTTP: an RFC 9457 problem document. The caller
 * gets a code and a sentence; causes and stacks go to the log.
 */

import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { Fault, type FaultCode } from '../fault.ts';
import type { ControlResult } from '../protocol/control.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** What only HTTP knows; every other code is that of a fault. */
export type HttpCode =
  | 'bad_request'
  | 'body_too_large'
  | 'host_not_allowed'
  | 'method_not_allowed'
  | 'origin_not_allowed'
  | 'rate_limited'
  | 'too_many_streams'
  | 'unauthorized'
  | 'unsupported_media_type';

const HTTP_STATUS = {
  bad_request: 400,
  unauthorized: 401,
  host_not_allowed: 403,
  origin_not_allowed: 403,
  method_not_allowed: 405,
  body_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  too_many_streams: 503,
} as const satisfies Record<HttpCode, number>;

const FAULT_STATUS = {
  usage: 400,
  invalid: 422,
  not_found: 404,
  conflict: 409,
  safety_refused: 409,
  daemon_running: 409,
  no_daemon: 503,
  actor_down: 503,
  mailbox_full: 503,
  out_of_memory: 503,
  unknown_message: 500,
  broker_unreachable: 503,
  broker_refused: 503,
  broker_lost: 503,
  broker_version: 503,
  database_unreachable: 503,
  database_unusable: 503,
  journal_unwritable: 503,
  deadline: 504,
  config_invalid: 500,
  config_unreadable: 500,
  port_in_use: 500,
  data_unreadable: 500,
  data_dir_unusable: 500,
  journal_corrupt: 500,
  replay_differs: 500,
  internal: 500,
} as const satisfies Record<FaultCode, number>;

export type ProblemCode = HttpCode | FaultCode;

/** The HTTP status under which a problem is told. */
export function statusOf(code: ProblemCode): number {
  return isHttpCode(code) ? HTTP_STATUS[code] : FAULT_STATUS[code];
}

/** The document; a client that knows no code goes by `status` and shows `detail` and `remedy`. */
export const problemView = z.strictObject({
  type: z.string().describe('`urn:bifrost:problem:` and the code.'),
  title: z.string().describe('The words of the status.'),
  status: z.int(),
  detail: z.string().describe('What is wrong, in one sentence.'),
  instance: z.string().describe('The path that was asked for.'),
  code: z.string().describe('A stable name for a program to act on.'),
  remedy: z.string().optional().describe('What to do about it.'),
  ok: z.literal(false).optional().describe('Of a command that was heard and not taken.'),
  message: z.string().optional().describe('Of a command that was not taken: why.'),
  error: z.string().optional().describe('The same, as the earlier engine called it.'),
  errors: z
    .array(z.strictObject({ path: z.string(), message: z.string() }).readonly())
    .readonly()
    .optional()
    .describe('Of input that does not fit its schema: where, and what would.'),
});

export type Problem = Readonly<z.output<typeof problemView>> & { readonly code: ProblemCode };

/** A request that HTTP itself refuses. */
export class HttpProblem extends Error {
  readonly code: HttpCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: HttpCode, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.name = 'HttpProblem';
    this.code = code;
    this.headers = headers;
  }
}

/** Input that does not fit its schema: 422 where it is a body, 400 anywhere else. */
export class InvalidInput extends Error {
  readonly part: 'params' | 'query' | 'body';
  readonly issues: readonly z.core.$ZodIssue[];

  constructor(part: 'params' | 'query' | 'body', issues: readonly z.core.$ZodIssue[]) {
    super(`invalid ${part}`);
    this.name = 'InvalidInput';
    this.part = part;
    this.issues = issues;
  }
}

/** A command that the engine heard and did not take, in its own words. */
export class ControlRefused extends Error {
  readonly result: ControlResult;

  constructor(result: ControlResult) {
    super(result.message);
    this.name = 'ControlRefused';
    this.result = result;
  }
}

/** The document for anything that was thrown while answering `instance`. */
export function problemOf(thrown: unknown, instance: string): Problem {
  if (thrown instanceof HttpProblem) {
    return document(thrown.code, HTTP_STATUS[thrown.code], thrown.message, instance);
  }
  if (thrown instanceof InvalidInput) {
    const errors = thrown.issues.map(({ path, message }) => ({
      path: [thrown.part, ...path.map(String)].join('.'),
      message,
    }));
    const detail = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
    const body = thrown.part === 'body';
    const problem = body
      ? document('invalid', FAULT_STATUS.invalid, detail, instance)
      : document('bad_request', HTTP_STATUS.bad_request, detail, instance);
    return { ...problem, errors };
  }
  if (thrown instanceof ControlRefused) {
    const { status, message } = thrown.result;
    const code = status === 404 ? 'not_found' : status === 503 ? 'actor_down' : 'conflict';
    // What a command answers is the same either way: whether it was taken, and a sentence.
    return {
      ...document(code, FAULT_STATUS[code], message, instance),
      ok: false,
      message,
      error: message,
    };
  }
  if (thrown instanceof Fault) {
    const problem = document(thrown.code, FAULT_STATUS[thrown.code], thrown.message, instance);
    return thrown.remedy === undefined ? problem : { ...problem, remedy: thrown.remedy };
  }
  return document('internal', 500, 'an internal error; the log of the daemon has it', instance);
}

/** The code that stands for a bare HTTP status, as the body parser throws it. */
export function codeOfStatus(status: number): HttpCode {
  const found = Object.entries(HTTP_STATUS).find(([, each]) => each === status)?.[0];
  return isHttpCode(found) ? found : 'bad_request';
}

/** What of a document that a peer sent us is relied on. */
export const problemSchema = z.object(
  problemView.pick({ status: true, detail: true, code: true, remedy: true }).shape,
);

function document(
  code: HttpCode | FaultCode,
  status: number,
  detail: string,
  instance: string,
): Problem {
  return {
    type: `urn:bifrost:problem:${code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    instance,
    code,
  };
}

function isHttpCode(code: string | undefined): code is HttpCode {
  return code !== undefined && Object.hasOwn(HTTP_STATUS, code);
}
