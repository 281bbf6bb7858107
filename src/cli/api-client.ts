/** The API of a running daemon, as commands use it: typed, with a deadline, faults for failures. */

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { problemSchema } from '../api/problem.ts';
import { Fault, isFaultCode } from '../fault.ts';
import type { ControlName } from '../protocol/control.ts';
import type {
  ConfigView,
  ExplainView,
  MachineSummary,
  MachineView,
  OperationsView,
  StatusView,
} from '../protocol/views.ts';
import type { Clock } from '../runtime/clock.ts';

export interface ApiTarget {
  /** Without a final slash. */
  readonly url: string;
  /** Reads on loopback need none. */
  readonly token: string | undefined;
}

/** What was answered, with what the command shows beside it. */
export interface ControlReply {
  readonly message: string;
  readonly [detail: string]: unknown;
}

export interface ApiClient {
  status(): Promise<StatusView>;
  operations(query: Readonly<Record<string, string>>): Promise<OperationsView>;
  explain(symbol: string): Promise<ExplainView>;
  config(): Promise<ConfigView>;
  machines(): Promise<readonly MachineSummary[]>;
  machine(id: string): Promise<MachineView>;
  /** The statechart as a Mermaid diagram or as SCXML. */
  chart(id: string, format: 'mermaid' | 'scxml'): Promise<string>;
  control(command: ControlName, payload: object): Promise<ControlReply>;
}

/** Longer than the API's own deadline, so that its answer is what is told. */
const DEADLINE_MS = 12_000;
/** The largest answer, a thousand operations, is below 1 MB. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

export function createApiClient(target: ApiTarget, mono: Clock): ApiClient {
  const ask = (method: 'GET' | 'POST', path: string, body?: object) =>
    exchange(target, mono, method, path, body);
  // The daemon is this same program: an answer of its API has the type that its API declares.
  const read = async <T>(path: string) => parseJson(await ask('GET', path)) as T;
  const machinePath = (id: string) => `/machines/${encodeURIComponent(id)}`;
  return {
    status: () => read('/status'),
    operations: (query) => read(`/operations?${new URLSearchParams(query)}`),
    explain: (symbol) => read(`/explain/${encodeURIComponent(symbol)}`),
    config: () => read('/config'),
    machines: () => read('/machines'),
    machine: (id) => read(machinePath(id)),
    chart: (id, format) => ask('GET', `${machinePath(id)}/definition?format=${format}`),
    control: async (command, payload) =>
      parseJson(await ask('POST', `/control/${command}`, payload)) as ControlReply,
  };
}

async function exchange(
  target: ApiTarget,
  mono: Clock,
  method: 'GET' | 'POST',
  path: string,
  body: object | undefined,
): Promise<string> {
  const { status, text } = await send(target, mono, method, path, body);
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
  method: 'GET' | 'POST',
  path: string,
  body: object | undefined,
): Promise<{ readonly status: number; readonly text: string }> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
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
