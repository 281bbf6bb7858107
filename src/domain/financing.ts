/**
 * What a strategy's own cash earns and costs, and what its short shares cost to borrow. Its cash is
 * what it has taken in less what it has paid out since it began with nothing: an option that was
 * bought is paid with borrowed money, a share sold short lends what it brought. Whatever else lies
 * in the account earns its interest without the strategy.
 */

/** Per year, simple; 0.01 is one percent. */
export interface FinancingRates {
  /** Earned on the strategy's cash. */
  readonly credit: number;
  /** Paid on what it owes. */
  readonly debit: number;
  /** Paid on the worth of shares sold short. */
  readonly borrow: number;
}

export const NO_FINANCING: FinancingRates = { credit: 0, debit: 0, borrow: 0 };

/**
 * USD earned (paid: negative) over `years` of calendar time with `balance` USD of cash and `shares`
 * (signed) at `spot`. Interest that was booked is part of the next balance.
 */
export function financingOf(
  { credit, debit, borrow }: FinancingRates,
  { balance, shares, spot }: { balance: number; shares: number; spot: number },
  years: number,
): number {
  const interest = balance * (balance < 0 ? debit : credit);
  const fee = Math.max(0, -shares) * spot * borrow;
  return (interest - fee) * years;
}
