/**
 * Faults: what went wrong outside the program's control, as a code that people and programs can
 * act on. A fault is thrown, answered by a machine's transition or by an exit status, and never
 * carries a secret in its message.
 */

/** Exit statuses of the `bifrost` command; a public contract. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  configInvalid: 3,
  brokerUnreachable: 4,
  databaseUnusable: 5,
  refused: 6,
  noDaemon: 7,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** Every fault code with the exit status a one-shot command ends with when it is not answered. */
const EXIT_BY_CODE = {
  usage: EXIT.usage,
  config_invalid: EXIT.configInvalid,
  config_unreadable: EXIT.configInvalid,
  broker_unreachable: EXIT.brokerUnreachable,
  broker_refused: EXIT.brokerUnreachable,
  broker_lost: EXIT.brokerUnreachable,
  broker_version: EXIT.brokerUnreachable,
  database_unreachable: EXIT.databaseUnusable,
  database_unusable: EXIT.databaseUnusable,
  daemon_running: EXIT.refused,
  safety_refused: EXIT.refused,
  no_daemon: EXIT.noDaemon,
  port_in_use: EXIT.failed,
  data_unreadable: EXIT.failed,
  data_dir_unusable: EXIT.failed,
  journal_unwritable: EXIT.failed,
  journal_corrupt: EXIT.failed,
  replay_differs: EXIT.failed,
  deadline: EXIT.failed,
  actor_down: EXIT.failed,
  mailbox_full: EXIT.failed,
  unknown_message: EXIT.failed,
  out_of_memory: EXIT.failed,
  not_found: EXIT.failed,
  conflict: EXIT.failed,
  invalid: EXIT.usage,
  internal: EXIT.failed,
} as const satisfies Record<string, ExitStatus>;

export type FaultCode = keyof typeof EXIT_BY_CODE;

export const FAULT_CODES = Object.keys(EXIT_BY_CODE) as readonly FaultCode[];

/** The exit status of a command that a fault of this code ends. */
export function exitStatusOf(code: FaultCode): ExitStatus {
  return EXIT_BY_CODE[code];
}

/** Whether a code that came from another process is one of ours. */
export function isFaultCode(code: string): code is FaultCode {
  return Object.hasOwn(EXIT_BY_CODE, code);
}

/**
 * A fault with its code, what happened, and (where there is one) what the operator can do.
 * `message` is one line, fit for a terminal.
 */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly remedy: string | undefined;

  constructor(code: FaultCode, message: string, options?: { remedy?: string; cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.remedy = options?.remedy;
  }

  /** The exit status of a command that this fault ends. */
  get exitStatus(): ExitStatus {
    return exitStatusOf(this.code);
  }

  /** What crosses a thread: an `Error` loses its class and fields there. */
  toMessage(): FaultMessage {
    return { code: this.code, message: this.message, remedy: this.remedy };
  }
}

export interface FaultMessage {
  readonly code: FaultCode;
  readonly message: string;
  readonly remedy: string | undefined;
}

/** Rebuilds a fault on the far side of a thread boundary. */
export function faultFrom(message: FaultMessage): Fault {
  return new Fault(
    message.code,
    message.message,
    message.remedy === undefined ? undefined : { remedy: message.remedy },
  );
}

/** Wraps an unknown thrown value; a `Fault` passes through unchanged. */
export function toFault(thrown: unknown, code: FaultCode = 'internal'): Fault {
  if (thrown instanceof Fault) return thrown;
  return new Fault(code, textOf(thrown).split('\n', 1)[0] ?? '', { cause: thrown });
}

/** Of anything: who handles a throw must not fail at what was thrown. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return 'what was thrown has no text';
  }
}
