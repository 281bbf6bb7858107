/** What three pages of the inspector ask for, beside the stream of events. */

export const INSPECTOR_PATHS = [
  '/machines',
  '/machines/hedge:NVDA',
  '/machines/hedge:NVDA/transitions?limit=50',
  '/machines/trading:NVDA',
  '/messages?limit=200',
  '/explain/NVDA',
] as const;
