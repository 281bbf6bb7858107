/** Requests to the daemon that serves this page. What it refuses, it explains; nothing throws. */

import {
  apiRequest,
  type InputOf,
  type OperationId,
  type ReplyOf,
} from '../../../protocol/api-request.ts';

/** A request that fails is over after this long: the stream notices a lost daemon sooner. */
const TIMEOUT_MS = 12_000;

export type Answer<T> =
  | { readonly kind: 'ok'; readonly body: T }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  | { readonly kind: 'unreachable' };

/** Asks the daemon for an operation of its API. */
export async function call<K extends OperationId>(
  id: K,
  input: InputOf<K>,
): Promise<Answer<ReplyOf<K>>> {
  const { method, path, body } = apiRequest(id, input);
  try {
    const response = await fetch(path, {
      method,
      ...(body !== undefined && { body, headers: { 'Content-Type': 'application/json' } }),
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer: unknown = await response.json();
    // The daemon that answers is the one that served this page: its API declares this type.
    if (response.ok) return { kind: 'ok', body: answer as ReplyOf<K> };
    return { kind: 'refused', status: response.status, message: messageOf(answer) };
  } catch {
    // Refused, reset, timed out, cut in the middle, or the page of a proxy: nobody is there.
    return { kind: 'unreachable' };
  }
}

/** Asks for a text that is no JSON. */
export async function readText(path: string): Promise<Answer<string>> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(path, { cache: 'no-store', signal });
    if (response.ok) return { kind: 'ok', body: await response.text() };
    return { kind: 'refused', status: response.status, message: response.statusText };
  } catch {
    return { kind: 'unreachable' };
  }
}

/** The sentence of a problem document, with its way out. */
function messageOf(body: unknown): string {
  const detail = textAt(body, 'detail') ?? textAt(body, 'message') ?? textAt(body, 'title') ?? '';
  const remedy = textAt(body, 'remedy');
  return remedy === undefined ? detail : `${detail} → ${remedy}`;
}

function textAt(body: unknown, key: string): string | undefined {
  if (!isRecord(body)) return undefined;
  const value = body[key];
  return typeof value === 'string' ? value : undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
