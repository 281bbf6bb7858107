/** The parts of a P&L, as every view tells them: a gain is positive, and they sum to `total`. */

import { z } from 'zod';

const usd = z.number();

export const attributionParts = {
  delta: usd,
  gamma: usd,
  theta: usd,
  vega: usd,
  vanna_volga: usd,
  rho: usd,
  dividend: usd,
  financing: usd,
  commission: usd,
  slippage: usd,
  option_spread: usd,
  exercise: usd,
  unexplained: usd,
  total: usd,
};
