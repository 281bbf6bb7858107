/** How an operation of the API is asked for, whoever carries the request. */

import { API_PLACES, type ApiOperations } from './api-operations.ts';

export type OperationId = keyof ApiOperations;
export type InputOf<K extends OperationId> = ApiOperations[K]['input'];
export type ReplyOf<K extends OperationId> = ApiOperations[K]['reply'];

export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  /** With its query. */
  readonly path: string;
  /** JSON; undefined where there is none. */
  readonly body: string | undefined;
}

/** What of the input stands in the path and in the query goes there, the rest into the body. */
export function apiRequest<K extends OperationId>(id: K, input: InputOf<K>): ApiRequest {
  const { method, path, query } = API_PLACES[id];
  const left = new Map<string, unknown>(Object.entries(input));
  const take = (name: string): unknown => {
    const value = left.get(name);
    left.delete(name);
    return value;
  };
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(take(name))),
  );
  const search = new URLSearchParams();
  for (const name of query) {
    const value = take(name);
    if (value !== undefined) search.set(name, String(value));
  }
  const suffix = search.size === 0 ? '' : `?${search}`;
  const body = method === 'POST' ? JSON.stringify(Object.fromEntries(left)) : undefined;
  return { method, path: filled + suffix, body };
}
