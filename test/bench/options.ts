/** Options for the pricing benchmarks: drawn once, the same in every run. */

import { type EuropeanOption, priceEuropean } from '../../src/pricing/black-scholes.ts';
import { writeOption } from '../../src/pricing/european-columns.ts';
import type { OptionColumns } from '../../src/pricing/kernel.ts';

export type PricedRow = EuropeanOption & { readonly price: number };

/** Near the money, a week to two years, calm to wild; priced without a yield for the packages. */
export function equityOptions(count: number, dividendYield = true): readonly PricedRow[] {
  let state = 12_345;
  const draw = (low: number, high: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return low + (high - low) * (state / 2_147_483_648);
  };
  return Array.from({ length: count }, (_, index) => {
    const spot = draw(80, 120);
    const years = draw(7 / 365, 2);
    const sigma = draw(0.08, 0.8);
    const strike = spot * Math.exp(draw(-2, 2) * Math.min(sigma * Math.sqrt(years), 0.2));
    const option: EuropeanOption = {
      // Out of the money, where a price is worth inverting.
      right: strike >= spot ? 'C' : 'P',
      spot,
      strike,
      years,
      rate: draw(0, 0.06),
      dividendYield: dividendYield ? draw(0, 0.03) : 0,
      sigma,
    };
    const priced = priceEuropean(option);
    if (priced.kind === 'refused') throw new Error(`option ${index} is ${priced.reason}`);
    return { ...option, price: priced.price };
  });
}

export function fillColumns(columns: OptionColumns, options: readonly PricedRow[]): void {
  for (const [row, option] of options.entries()) {
    writeOption(columns, row, option);
    columns.price[row] = option.price;
  }
}
