/** The API of a running daemon, as commands use it: typed, with a deadline, faults for failures. */

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { problemSchema } from '../api/problem.ts';
import { Fault, isFaultCode } from '../fault.ts';
import {
  type ApiRequest,
  apiRequest,
  type InputOf,
  type OperationId,
  type ReplyOf,
} from '../protocol/api-request.ts';
import type { ControlName } from '../protocol/control.ts';
import type { CommandReply } from '../protocol/views.ts';
import type { Clock } from '../runtime/clock.ts';

export interface ApiTarget {
  /** Without a final slash. */
  readonly url: string;
  /** Reads on loopback need none. */
  readonly token: string | undefined;
}

export interface ApiClient {
  /** Asks for an operation of the API; rejects with the fault that the daemon answers with. */
  call<K extends OperationId>(id: K, input: InputOf<K>): Promise<ReplyOf<K>>;
  /** A command, checked by the daemon. */
  control(command: ControlName, payload: object): Promise<CommandReply>;
  /** The statechart as a Mermaid diagram or as SCXML. */
  chart(id: string, format: 'mermaid' | 'scxml'): Promise<string>;
}

/** Longer than the API's own deadline, so that its answer is what is told. */
const DEADLINE_MS = 12_000;
/** The largest answer, a thousand operations, is below 1 MB. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

export function createApiClient(target: ApiTarget, mono: Clock): ApiClient {
  const ask = (request: ApiRequest) => exchange(target, mono, request);
  return {
    // The daemon is this same program: an answer of its API has the type that its API declares.
    call: async <K extends OperationId>(id: K, input: InputOf<K>) =>
      parseJson(await ask(apiRequest(id, input))) as ReplyOf<K>,
    control: async (command, payload) => {
      const body = JSON.stringify(payload);
      const request = { method: 'POST', path: `/control/${command}`, body } as const;
      return parseJson(await ask(request)) as CommandReply;
    },
    chart: (id, format) => ask(apiRequest('definition', { id, format })),
  };
}

async function exchange(target: ApiTarget, mono: Clock, request: ApiRequest): Promise<string> {
  const { status, text } = await send(target, mono, request);
  if (status >= 200 && status < 300) return text;
  const problem = problemSchema.safeParse(parseJson(text));
  if (!problem.success) {
    throw new Fault('no_daemon', `what answers at ${target.url} is no bifrost (status ${status})`, {
      remedy: 'name the daemon with --data-dir or --url',
    });
  }
  const { code, detail, remedy } = problem.data;
  if (status === 401) {
    throw new Fault('safety_refused', 'the daemon does not take this token', {
      remedy: 'set BIFROST_API_TOKEN, or name the data directory that holds api-token: --data-dir',
    });
  }
  const options = remedy === undefined ? undefined : { remedy };
  throw new Fault(
    isFaultCode(code) ? code : status < 422 ? 'invalid' : 'conflict',
    detail,
    options,
  );
}

function send(
  { url, token }: ApiTarget,
  mono: Clock,
  { method, path, body: payload }: ApiRequest,
): Promise<{ readonly status: number; readonly text: string }> {
  const headers = {
    'user-agent': 'bifrost-cli/1',
    accept: 'application/json, application/problem+json, text/plain',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const call = request(`${url}${path}`, { method, headers, agent: false }, (response) => {
      collect(response).then(
        (text) => finish(() => resolve({ status: response.statusCode ?? 0, text })),
        (thrown) => finish(() => reject(noAnswer(url, thrown))),
      );
    });
    const deadline = mono.setTimer(DEADLINE_MS, () => {
      call.destroy(new Error(`no answer within ${DEADLINE_MS / 1000} s`));
    });
    const finish = (settle: () => void) => {
      deadline.cancel();
      settle();
    };
    call.on('error', (error) => finish(() => reject(noAnswer(url, error))));
    call.end(payload);
  });
}

async function collect(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) throw new Error('the answer is larger than 16 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function noAnswer(url: string, thrown: unknown): Fault {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const refused = 'code' in error && error.code === 'ECONNREFUSED';
  const why = refused ? 'nothing listens there' : error.message.split('\n', 1)[0];
  return new Fault('no_daemon', `no daemon answers at ${url}: ${why}`, {
    remedy: 'start one with `bifrost run`, or name another with --data-dir or --url',
    cause: thrown,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}
