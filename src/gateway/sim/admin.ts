/**
 * The admin port of a simulated gateway: the exchange's own books, time, prices, manual trades and
 * faults, as JSON over HTTP. It binds to loopback and answers no browser page: a test and a person
 * with curl are its clients.
 */

import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { Fault, toFault } from '../../fault.ts';
import { HTTP_BODY_BYTES_MAX } from '../../limits.ts';
import type { Logger } from '../../log.ts';
import type { Exchange } from './exchange.ts';
import { faultSchema } from './fault-schema.ts';
import { formatExchangeTime } from './zoned-time.ts';

export interface AdminOptions {
  readonly exchange: Exchange;
  /** 0 for any that is free. */
  readonly port: number;
  readonly log: Logger;
}

export interface AdminServer {
  readonly port: number;
  close(): Promise<void>;
}

const ADMIN_HOST = '127.0.0.1';
const REQUEST_MS_MAX = 30_000;
/** Clients let go of an idle connection sooner: none meets one that was just closed. */
const IDLE_MS_MAX = 75_000;
/** Unix seconds stay below this for 3000 years, milliseconds have been above it since 1973. */
const SECONDS_MAX = 1e11;

const symbol = z.string().min(1).max(12);
const manual = {
  side: z.enum(['BUY', 'SELL']),
  quantity: z.number().int().positive(),
  account: z.string().max(20).optional(),
};
const orderBody = z.union([
  z.strictObject({ symbol, ...manual }),
  z.strictObject({ con_id: z.number().int().positive(), ...manual }),
]);
const marketBody = z.union([
  z.strictObject({ symbol, price: z.number().positive().max(1_000_000) }),
  z.strictObject({ symbol, move_pct: z.number().gt(-100).max(1000) }),
]);
const stepBody = z.strictObject({ to: z.number().positive() });
type Admin = AdminOptions;

type Handler = (admin: Admin, body: unknown) => unknown;

const ROUTES: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  '/ledger': { GET: ({ exchange }) => exchange.ledger() },
  '/time': { GET: ({ exchange }) => timeOf(exchange) },
  '/step': { POST: postStep },
  '/orders': { POST: postOrder },
  '/market': { GET: ({ exchange }) => ({ lines: linesOf(exchange) }), POST: postMarket },
  '/faults': { GET: ({ exchange }) => ({ faults: exchange.ledger().faults }), POST: postFault },
};

/** Listens; rejects with `Fault('port_in_use')`. */
export async function startAdmin(options: AdminOptions): Promise<AdminServer> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      options.log.warn({ err: error }, 'admin request failed');
      response.destroy();
    });
  });
  server.requestTimeout = REQUEST_MS_MAX;
  server.keepAliveTimeout = IDLE_MS_MAX;
  const port = await listen(server, options.port);
  return {
    port,
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}

async function answer(
  admin: Admin,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const reply = await replyTo(admin, request);
  const text = JSON.stringify(reply.body);
  response.writeHead(reply.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    // What was not read of a refused body must not be taken for the next request.
    ...(request.complete ? {} : { connection: 'close' }),
    ...reply.headers,
  });
  response.end(text);
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function replyTo(admin: Admin, request: IncomingMessage): Promise<Reply> {
  // A page in a browser can reach loopback, by its own origin or by a name that it rebinds.
  if (request.headers.origin !== undefined || !isLoopback(request.headers.host)) {
    return problem(403, 'forbidden', 'not for pages: use the loopback address');
  }
  const [path = ''] = (request.url ?? '').split('?', 1);
  const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (route === undefined) return problem(404, 'not_found', `no such path: ${path}`);
  const handler = Object.hasOwn(route, request.method ?? '')
    ? route[request.method ?? '']
    : undefined;
  if (handler === undefined) {
    const allow = Object.keys(route).join(', ');
    return { ...problem(405, 'method_not_allowed', `use ${allow}`), headers: { allow } };
  }
  try {
    const body = request.method === 'POST' ? await readBody(request) : null;
    if (body === TOO_LARGE) {
      return problem(413, 'too_large', `a body has at most ${HTTP_BODY_BYTES_MAX} bytes`);
    }
    return { status: 200, body: await handler(admin, body) };
  } catch (error) {
    return replyToFault(admin, toFault(error));
  }
}

function replyToFault({ log }: Admin, fault: Fault): Reply {
  const status = { invalid: 400, not_found: 404, conflict: 409 }[fault.code as string];
  if (status !== undefined) return problem(status, fault.code, fault.message);
  log.error({ err: fault }, 'admin request failed');
  return problem(500, fault.code, 'failed; see the log');
}

function problem(status: number, code: string, message: string): Reply {
  return { status, body: { error: { code, message } } };
}

const TOO_LARGE = Symbol('too large');

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > HTTP_BODY_BYTES_MAX) return TOO_LARGE;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Fault('invalid', 'the body is not JSON');
    throw error;
  }
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.join('.') ?? '';
  throw new Fault('invalid', `${path === '' ? 'body' : path}: ${issue?.message ?? 'invalid'}`);
}

function postOrder({ exchange }: Admin, body: unknown): unknown {
  const parsed = parse(orderBody, body);
  const { side, quantity, account } = parsed;
  const what = 'symbol' in parsed ? { symbol: parsed.symbol } : { conId: parsed.con_id };
  const trade = { what, side, quantity };
  const order = exchange.trade(account === undefined ? trade : { ...trade, account });
  const { permId, status, filled, avgFillPrice } = order;
  return { perm_id: permId, status, filled, avg_fill_price: avgFillPrice };
}

function postMarket({ exchange }: Admin, body: unknown): unknown {
  const parsed = parse(marketBody, body);
  const move = 'price' in parsed ? { price: parsed.price } : { pct: parsed.move_pct };
  const price = exchange.movePrice(parsed.symbol, move);
  return { symbol: parsed.symbol, price: Math.round(price * 1e4) / 1e4 };
}

async function postStep({ exchange }: Admin, body: unknown): Promise<unknown> {
  const { to } = parse(stepBody, body);
  await exchange.step(to < SECONDS_MAX ? Math.round(to * 1e6) / 1000 : to);
  return timeOf(exchange);
}

function postFault({ exchange }: Admin, body: unknown): unknown {
  const fault = parse(faultSchema, body);
  exchange.inject(fault);
  return fault;
}

/** Times are unix seconds here, as everywhere outside the process. */
function timeOf(exchange: Exchange): unknown {
  const now = exchange.now();
  return {
    ts: now / 1000,
    new_york: formatExchangeTime(now),
    lock_step: exchange.lockStep,
    speed: exchange.speed,
    exchange_id: exchange.exchangeId,
  };
}

function linesOf(exchange: Exchange): unknown {
  const any = { conId: 0, symbol: '', secType: 'STK', expiry: '', strike: 0, right: '' };
  return exchange.findContracts(any).map(({ contract }) => {
    const quote = exchange.quote(contract.conId);
    const { bid, ask, last } = quote ?? { bid: null, ask: null, last: null };
    return { symbol: contract.symbol, con_id: contract.conId, bid, ask, last };
  });
}

function isLoopback(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host ?? '');
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const cause = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${error.code})`;
      const remedy = 'choose another with --admin-port, or stop what listens there';
      reject(new Fault('port_in_use', `admin port ${ADMIN_HOST}:${port} ${cause}`, { remedy }));
    });
    server.listen(port, ADMIN_HOST, () => {
      const address = server.address();
      assert(address !== null && typeof address === 'object');
      resolve(address.port);
    });
  });
}
