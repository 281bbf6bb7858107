/** An American option by the tree of Cox, Ross and Rubinstein (1979): what one writes first. */

import type { EuropeanOption } from '../../../src/pricing/black-scholes.ts';

export function binomialPrice(option: EuropeanOption, steps: number): number {
  const { right, spot, strike, years, rate, dividendYield, sigma } = option;
  const dt = years / steps;
  const up = Math.exp(sigma * Math.sqrt(dt));
  const chance = (Math.exp((rate - dividendYield) * dt) - 1 / up) / (up - 1 / up);
  const discount = Math.exp(-rate * dt);
  const sign = right === 'C' ? 1 : -1;
  const values = new Float64Array(steps + 1);
  for (let j = 0; j <= steps; j += 1) {
    values[j] = Math.max(0, sign * (spot * up ** (2 * j - steps) - strike));
  }
  for (let step = steps - 1; step >= 0; step -= 1) {
    let level = spot * up ** -step;
    for (let j = 0; j <= step; j += 1) {
      const low = values[j] ?? 0;
      const high = values[j + 1] ?? 0;
      const held = discount * (chance * high + (1 - chance) * low);
      values[j] = Math.max(held, sign * (level - strike));
      level *= up * up;
    }
  }
  return values[0] ?? 0;
}
