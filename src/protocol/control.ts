/**
 * Control commands: what an operator may ask of the running daemon, by HTTP, signal, command line
 * or database row. Validated here once, wherever they come from.
 */

import { z } from 'zod';

const symbol = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z][A-Z0-9. ]{0,11}$/, 'a ticker symbol');

const forBook = z.strictObject({ symbol: symbol.optional() });
const empty = z.strictObject({});

/** Payload of each command. What later capabilities add, they add here. */
export const CONTROL_PAYLOADS = {
  stop: empty,
  suspend: forBook,
  resume: forBook,
  retry_ib: empty,
  manual_resume: z.strictObject({
    symbol,
    reason: z.string().trim().min(3, 'a reason, for the record').max(500),
    allowance_usd: z.number().positive().max(1e9).optional(),
  }),
} as const;

export type ControlName = keyof typeof CONTROL_PAYLOADS;

/** An empty payload adds nothing: zod gives it an index signature that no object would fit. */
type Payload<T> = string extends keyof T ? unknown : Readonly<T>;

export type ControlCommand = {
  [K in ControlName]: { readonly command: K } & Payload<z.output<(typeof CONTROL_PAYLOADS)[K]>>;
}[ControlName];

/** Who asked: `api`, `cli`, `signal:SIGTERM`, `database`, `parent`. */
export interface ControlRequest {
  readonly control: ControlCommand;
  readonly origin: string;
}

/** What the daemon answers; `status` is the HTTP status that fits. */
export interface ControlResult {
  readonly ok: boolean;
  readonly status: 200 | 202 | 404 | 409 | 503;
  readonly message: string;
}

/** Machine events that `POST /machines/:id/events` may send, by machine. */
export const PUBLIC_EVENTS = {
  daemon: ['STOP', 'SUSPEND', 'RESUME', 'RETRY_IB'],
  trading: [],
  hedge: [],
} as const;
