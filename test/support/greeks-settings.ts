/** What a book is priced with unless a test says otherwise: European, by its own quotes. */

import type { GreeksSettings } from '../../src/domain/settings.ts';

export const PLAIN_GREEKS: GreeksSettings = {
  risk_free_rate: 0.05,
  rate_curve: [],
  dividend_yield: 0,
  dividends: [],
  ib_dividends: true,
  volatility: 0.35,
  vol_source: 'quote',
  smile_strikes: 4,
  exercise: 'european',
  delta_mode: 'black_scholes',
  minimum_variance: { a: 0, b: 0, c: 0 },
  wide_quote_pct: 25,
  quorum_tolerance: 0.05,
  vol_refresh_ms: 250,
};
