/** Requests to the daemon that serves this page. What it refuses, it explains; nothing throws. */

/** A request that fails is over after this long: the stream notices a lost daemon sooner. */
const TIMEOUT_MS = 12_000;

export type Answer =
  | { readonly kind: 'ok'; readonly body: unknown }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  | { readonly kind: 'unreachable' };

export function get(path: string): Promise<Answer> {
  return ask(path, { method: 'GET' });
}

export function post(path: string, body: Readonly<Record<string, unknown>>): Promise<Answer> {
  return ask(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function ask(path: string, init: RequestInit): Promise<Answer> {
  try {
    const response = await fetch(path, {
      ...init,
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = await response.json();
    if (response.ok) return { kind: 'ok', body };
    return { kind: 'refused', status: response.status, message: messageOf(body) };
  } catch {
    // Refused, reset, timed out, or cut in the middle of its JSON: nobody answers.
    return { kind: 'unreachable' };
  }
}

/** The sentence of a problem document, with its way out. */
function messageOf(body: unknown): string {
  const detail = textAt(body, 'detail') ?? textAt(body, 'message') ?? textAt(body, 'title') ?? '';
  const remedy = textAt(body, 'remedy');
  return remedy === undefined ? detail : `${detail} → ${remedy}`;
}

export function textAt(body: unknown, key: string): string | undefined {
  if (!isRecord(body)) return undefined;
  const value = body[key];
  return typeof value === 'string' ? value : undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
