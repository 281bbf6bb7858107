/** Commands to the daemon, and what became of the last one. */

import { signal } from '@preact/signals';
import { readNow } from '../clock.ts';
import { call } from './http.ts';
import { readSession } from './session.ts';
import type { CommandName, Tried, Wish } from './wish.ts';

export interface CommandResult {
  readonly command: CommandName;
  readonly symbol: string | null;
  readonly at: number;
  readonly outcome: 'sent' | 'done' | 'refused' | 'unreachable';
  readonly message: string;
}

export const lastCommand = signal<CommandResult | null>(null);

/** The daemon was told to stop by this page: that it is gone then is no fault. */
export const stopAsked = signal(false);

/** Sends a command; `lastCommand` tells how it went. */
export async function command(wish: Wish): Promise<void> {
  const { name, input } = wish;
  const symbol = symbolOf(wish);
  const tell = (outcome: CommandResult['outcome'], message = '') => {
    lastCommand.value = { command: name, symbol, at: readNow(), outcome, message };
  };
  tell('sent');
  const answer = await call(name, input);
  if (answer.kind === 'ok') {
    if (name === 'stop') stopAsked.value = true;
    tell('done', answer.body.message);
  } else if (answer.kind === 'refused') {
    tell('refused', answer.message);
    if (answer.status === 401) await readSession();
  } else {
    tell('unreachable');
  }
}

/** What a command would do, in the daemon's words; `ok` when it would be taken. */
export interface Preview {
  readonly ok: boolean;
  readonly message: string;
}

/** Asks what a command that can be tried would do. Null: nobody answers. */
export async function preview(wish: Tried): Promise<Preview | null> {
  const answer = await call(wish.name, { ...wish.input, dry_run: true });
  if (answer.kind === 'ok') return { ok: true, message: answer.body.message };
  return answer.kind === 'refused' ? { ok: false, message: answer.message } : null;
}

function symbolOf({ input }: Wish): string | null {
  return 'symbol' in input && input.symbol !== undefined ? input.symbol : null;
}
