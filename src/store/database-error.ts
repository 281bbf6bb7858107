/** What a database error means to us: wait and try again, ask the operator, or a bad row. */

import pg from 'pg';

import { Fault } from '../fault.ts';

export type DatabaseErrorKind =
  /** Nobody answers, or not now: it may pass by itself. */
  | 'unreachable'
  /** It answers and says no: password, permission, a table that is missing. */
  | 'refused'
  /** The rows themselves: sending them again gives the same answer. */
  | 'data'
  /** No error of the database: a defect of ours. */
  | 'foreign';

// Classes of SQLSTATE: connection, rollback by conflict, resources, lock not available, operator
// intervention (shutdown, timeout), system error.
const TRANSIENT_CLASSES = new Set(['08', '40', '53', '55', '57', '58']);
// Values, constraints, and what is beyond a limit of the program: a text too long for its index.
const DATA_CLASSES = new Set(['21', '22', '23', '44', '54']);
/** `read_only_sql_transaction`: what a server says that is a standby for the moment. */
const READ_ONLY = '25006';

const NETWORK_CODES = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** Whatever these say: a socket file that is missing, a port that is not to be had. */
const CONNECTING = new Set(['connect', 'getaddrinfo']);

// The driver has no codes for these. One that is answered by something else than a server, or in
// the middle of a message, has to begin anew as well.
const DRIVER_MESSAGES = new RegExp(
  [
    '^Connection terminated|^timeout exceeded|^timeout expired|^Query read timeout',
    '^Client has|^Client was|^There was an error establishing|^Received unexpected',
  ].join('|'),
);
const DRIVER_REFUSALS = /^(SASL|The server does not support SSL)/;
/** Certificates: OpenSSL's names of what is wrong with one, and Node's. */
const TLS_CODES =
  /^(ERR_(TLS|SSL)_|UNABLE_TO_|EPROTO$|INVALID_PURPOSE$|HOSTNAME_MISMATCH$)|CERT|CRL|_CA$/;

/** What an error of the database asks for: waiting, leaving a row out, or a person. */
export function databaseErrorKind(error: unknown): DatabaseErrorKind {
  if (error instanceof pg.DatabaseError) {
    const state = error.code ?? '';
    if (TRANSIENT_CLASSES.has(state.slice(0, 2)) || state === READ_ONLY) return 'unreachable';
    return DATA_CLASSES.has(state.slice(0, 2)) ? 'data' : 'refused';
  }
  if (!(error instanceof Error)) return 'foreign';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const isConnecting = 'syscall' in error && CONNECTING.has(String(error.syscall));
  if (isConnecting || NETWORK_CODES.has(code) || DRIVER_MESSAGES.test(error.message)) {
    return 'unreachable';
  }
  return DRIVER_REFUSALS.test(error.message) || TLS_CODES.test(code) ? 'refused' : 'foreign';
}

/** A fault that names the server and the reason, never the password; defects pass through. */
export function databaseFault(error: unknown, url: string): unknown {
  const kind = databaseErrorKind(error);
  if (error instanceof Fault || kind === 'foreign') return error;
  const message = `the database at ${databaseLabel(url)}: ${errorText(error)}`;
  return kind === 'unreachable'
    ? new Fault('database_unreachable', message, { cause: error })
    : new Fault('database_unusable', message, { cause: error });
}

/** One line; several addresses that all refuse come as an error without a message. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return error.message === '' ? code : (error.message.split('\n', 1)[0] ?? '');
}

/** `host:port/database`, fit for a message. */
export function databaseLabel(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname || 'localhost'}:${port || '5432'}${pathname}`;
}
