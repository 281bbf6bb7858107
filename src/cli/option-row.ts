/** The columns that describe an option, and their values: the same for `price` and `iv`. */

import type { OptionTerms } from '../pricing/calculator.ts';
import type { CashDividend } from '../pricing/cash-dividends.ts';
import { type Row, RowError } from './csv.ts';

export const TERM_COLUMNS = ['type', 'S', 'K', 'T'] as const;

/** Empty `exercise`, `r`, `q`, `dividends` and `model` mean european, 0, 0, none and spot. */
export function termsOf(row: Row): OptionTerms {
  return {
    right: choice(row, 'type', { call: 'C', put: 'P', C: 'C', P: 'P', c: 'C', p: 'P' }),
    exercise: choice(row, 'exercise', {
      european: 'european',
      american: 'american',
      '': 'european',
    }),
    spot: row.number('S'),
    strike: row.number('K'),
    years: row.number('T'),
    rate: row.number('r', 0),
    dividendYield: row.number('q', 0),
    dividends: dividendsOf(row.text('dividends')),
    model: choice(row, 'model', { spot: 'spot', escrowed: 'escrowed', '': 'spot' }),
  };
}

/** `years:amount;years:amount`. */
export function dividendsOf(text: string): readonly CashDividend[] {
  if (text === '') return [];
  return text.split(';').map((part) => {
    const [years, amount, ...rest] = part.split(':').map((cell) => cell.trim());
    const dividend = { years: Number(years || 'none'), amount: Number(amount || 'none') };
    const known = Number.isFinite(dividend.years + dividend.amount) && rest.length === 0;
    if (!known) throw new RowError('not_a_dividend: dividends');
    return dividend;
  });
}

function choice<T>(row: Row, column: string, values: Readonly<Record<string, T>>): T {
  const text = row.text(column);
  const value = Object.hasOwn(values, text) ? values[text] : undefined;
  if (value === undefined) throw new RowError(`unknown_${column}: ${text || 'empty'}`);
  return value;
}
