/** Answers about what an account may see elsewhere, of which there is little here. */

import type { Message } from './framing.ts';
import { SERVER } from './wire-ids.ts';

/** Every account is a family of its own. */
export function encodeFamilyCodes(accounts: readonly string[]): Message {
  return [SERVER.familyCodes, accounts.length, ...accounts.flatMap((account) => [account, ''])];
}

/** There are none. */
export function encodeSoftDollarTiers(id: number): Message {
  return [SERVER.softDollarTiers, id, 0];
}

/** No exchange shows its depth. */
export function encodeDepthExchanges(): Message {
  return [SERVER.depthExchanges, 0];
}

/** SMART has one exchange behind it, which has no letter. */
export function encodeSmartComponents(id: number): Message {
  return [SERVER.smartComponents, id, 0];
}

/** Nobody has news. */
export function encodeNewsProviders(): Message {
  return [SERVER.newsProviders, 0];
}

/** The gateway has no brand but its own. */
export function encodeUserInfo(id: number): Message {
  return [SERVER.userInfo, id, ''];
}
