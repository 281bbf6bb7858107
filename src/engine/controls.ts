/** Commands into the engine: each becomes the input of a turn, and waits for that turn's answer. */

import { Fault } from '../fault.ts';
import type { ControlRequest, ControlResult } from '../protocol/control.ts';
import type { ControlAnswer } from '../protocol/decision.ts';
import type { EngineControls } from '../protocol/ports.ts';

export class Controls implements EngineControls {
  readonly #send: (body: unknown) => void;
  readonly #waiting = new Map<number, (result: ControlResult) => void>();
  #lastId = 0;
  #closed = false;

  constructor(send: (body: unknown) => void) {
    this.#send = send;
  }

  control(request: ControlRequest): Promise<ControlResult> {
    return this.#ask((requestId) => ({ type: 'control', request, requestId }));
  }

  machineEvent(
    machine: string,
    event: { readonly type: string },
    origin: string,
  ): Promise<ControlResult> {
    return this.#ask((requestId) => ({
      type: 'machine.event',
      machine,
      event: event.type,
      origin,
      requestId,
    }));
  }

  /** Takes a `control.answer`. */
  answer(message: unknown): void {
    const { requestId, result } = message as ControlAnswer;
    const resolve = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    resolve?.(result);
  }

  /** Whoever still waits is told that the engine is gone. */
  close(): void {
    this.#closed = true;
    for (const resolve of this.#waiting.values()) resolve(GONE);
    this.#waiting.clear();
  }

  #ask(body: (requestId: number) => unknown): Promise<ControlResult> {
    if (this.#closed) return Promise.resolve(GONE);
    if (this.#waiting.size >= WAITING_MAX) {
      return Promise.reject(new Fault('mailbox_full', 'too many commands wait for an answer'));
    }
    this.#lastId += 1;
    const requestId = this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(requestId, resolve);
      this.#send(body(requestId));
    });
  }
}

const WAITING_MAX = 1000;
const GONE: ControlResult = { ok: false, status: 503, message: 'the engine is stopping' };
