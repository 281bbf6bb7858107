/**
 * Why a book may be in SAFE. Self-clearing causes hold while they are true; latched ones hold from
 * the moment they were found until the operator clears them with a reason.
 */

export const SELF_CLEARING_CAUSES = [
  'broker_down',
  'data_stale',
  'greeks_bad',
  'orphan_shares',
  'expiry_pending',
] as const;

export const LATCHED_CAUSES = [
  'exec_fault',
  'daily_loss_limit',
  'position_break',
  'ownership_unconfirmed',
  'corporate_action',
] as const;

type SelfClearingCause = (typeof SELF_CLEARING_CAUSES)[number];
export type LatchedCause = (typeof LATCHED_CAUSES)[number];
export type SafeCause = SelfClearingCause | LatchedCause;
