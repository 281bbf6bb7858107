/**
 * Whether this browser may command. The link that the daemon prints carries a one-time code in its
 * fragment, which no server and no log sees; it is exchanged for a cookie and wiped from the
 * address bar and its history.
 */

import { signal } from '@preact/signals';
import { call } from './http.ts';
import { link, reconnect } from './live.ts';

export const signedIn = signal(false);
/** Why the last sign-in failed, in the daemon's words; empty when none did. */
export const signInError = signal('');

/** Uses the code in the address, now and whenever the address gets another one. */
export async function openSession(): Promise<void> {
  addEventListener('hashchange', () => void redeemCode());
  if (!(await redeemCode())) await readSession();
}

/** The daemon forgets its sessions when it starts again. */
export async function readSession(): Promise<void> {
  const answer = await call('session', {});
  if (answer.kind === 'ok') signedIn.value = answer.body.signed_in;
}

export function signInWithToken(token: string): Promise<boolean> {
  return signIn({ token });
}

async function redeemCode(): Promise<boolean> {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (code === null) return false;
  history.replaceState(null, '', location.pathname);
  return signIn({ code });
}

async function signIn(proof: { readonly code: string } | { readonly token: string }) {
  const answer = await call('signIn', proof);
  if (answer.kind === 'ok') signedIn.value = true;
  // A link that was used before does no harm to who is signed in already.
  else await readSession();
  signInError.value = answer.kind === 'refused' && !signedIn.value ? answer.message : '';
  // What was denied before is open now.
  if (answer.kind === 'ok' && link.value === 'denied') reconnect();
  return answer.kind === 'ok';
}
