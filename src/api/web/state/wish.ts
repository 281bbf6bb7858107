/** What an operator can wish of the daemon by this page: a command with all it needs. */

import type { InputOf } from '../../../protocol/api-request.ts';

/** The commands that the page sends. */
export type CommandName =
  | 'stop'
  | 'suspend'
  | 'resume'
  | 'flatten'
  | 'hedge_now'
  | 'cancel_all'
  | 'manual_resume'
  | 'legs'
  | 'adopt'
  | 'retry_ib'
  | 'refresh_accounts';

/** A command with all it needs. */
export type Wish = {
  readonly [K in CommandName]: { readonly name: K; readonly input: InputOf<K> };
}[CommandName];

export type Tried = Extract<Wish, { readonly name: 'flatten' | 'hedge_now' | 'adopt' }>;

/** Whether the daemon can say beforehand what it would do. */
export function isTried(wish: Wish): wish is Tried {
  return wish.name === 'flatten' || wish.name === 'hedge_now' || wish.name === 'adopt';
}
