/** Commands to the daemon, and what became of the last one. */

import { signal } from '@preact/signals';
import { readNow } from '../clock.ts';
import { call } from './http.ts';
import { readSession } from './session.ts';

export type CommandName = 'stop' | 'suspend' | 'resume' | 'retry_ib';

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

export async function command(name: CommandName, symbol: string | null = null): Promise<void> {
  const tell = (outcome: CommandResult['outcome'], message = '') => {
    lastCommand.value = { command: name, symbol, at: readNow(), outcome, message };
  };
  tell('sent');
  const answer = await call(name, symbol === null ? {} : { symbol });
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
