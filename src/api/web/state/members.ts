/** The options of the account as the daemon lists them for a book: its legs, and the others. */

import { isRecord } from './http.ts';

export interface Member {
  readonly conId: number;
  readonly label: string;
  /** Contracts, signed. */
  readonly quantity: number;
  /** Why it is no leg; null: it is one. */
  readonly reason: string | null;
}

/** Legs first, then what is outside of the book; rows that are none of ours are left out. */
export function membersOf(reply: unknown): readonly Member[] {
  if (!isRecord(reply)) return [];
  return [reply['legs'], reply['outside']].flatMap((rows) => {
    return Array.isArray(rows) ? rows.flatMap((row: unknown) => memberOf(row) ?? []) : [];
  });
}

function memberOf(row: unknown): Member | null {
  if (!isRecord(row)) return null;
  const { con_id: conId, label, quantity, reason } = row;
  if (typeof conId !== 'number' || typeof label !== 'string') return null;
  if (typeof quantity !== 'number') return null;
  return { conId, label, quantity, reason: typeof reason === 'string' ? reason : null };
}
