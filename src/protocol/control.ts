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
/** Only says what would be done. */
const dryRun = z.boolean().optional();
const conId = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

/** Payload of each command. What later capabilities add, they add here. */
export const CONTROL_PAYLOADS = {
  stop: empty,
  suspend: forBook,
  resume: forBook,
  flatten: z.strictObject({ symbol: symbol.optional(), dry_run: dryRun }),
  hedge_now: z.strictObject({ symbol, dry_run: dryRun }),
  cancel_all: empty,
  adopt: z.strictObject({
    symbol,
    shares: z.int('a whole number of shares, signed').min(-1_000_000).max(1_000_000),
    dry_run: dryRun,
  }),
  legs: z.strictObject({ symbol, confirm: conId.optional(), exclude: conId.optional() }),
  retry_ib: empty,
  refresh_accounts: empty,
  set_heartbeat_interval: z.strictObject({ interval_s: z.int().min(5).max(120) }),
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

export type ParsedControl =
  | { readonly ok: true; readonly control: ControlCommand }
  | { readonly ok: false; readonly message: string };

/** A command as a row or a program names it: `suspend`, `SUSPEND`, `retry-ib`. */
export function parseControl(name: string, payload: unknown): ParsedControl {
  const command = name.trim().toLowerCase().replaceAll('-', '_');
  if (!Object.hasOwn(CONTROL_PAYLOADS, command)) {
    const known = Object.keys(CONTROL_PAYLOADS).join(', ');
    return { ok: false, message: `no command ${JSON.stringify(name)}; there are ${known}` };
  }
  const schema: z.ZodType = CONTROL_PAYLOADS[command as ControlName];
  const parsed = schema.safeParse(payload);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`;
    return { ok: false, message: `the payload of ${command} is not right: ${where}` };
  }
  // Name and payload were just checked to fit each other.
  const control = { command, ...(parsed.data as object) } as ControlCommand;
  return { ok: true, control };
}

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
  /** What a preview or a list shows, part of the answer's body. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Commands that a book answers: the daemon hands them on and gathers the answers. */
export type BookCommand = Extract<
  ControlCommand,
  { readonly command: 'flatten' | 'hedge_now' | 'cancel_all' | 'adopt' | 'legs' }
>;

/** Machine events that `POST /machines/:id/events` may send, by machine. */
export const PUBLIC_EVENTS = {
  daemon: ['STOP', 'SUSPEND', 'RESUME', 'FLATTEN', 'RETRY_IB'],
  trading: [],
  hedge: [],
} as const;
