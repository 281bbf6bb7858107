/** What the broker said when it was asked, before the first order, whether it takes orders. */

import { numberText } from './time-text.ts';

/** What one share more would change, USD; null where the broker does not say. */
export interface OrderMargin {
  readonly initial: number | null;
  readonly maintenance: number | null;
  readonly commission: number | null;
}

export interface OrderTestView {
  readonly outcome: 'not_tested' | 'taken' | 'refused' | 'unanswered';
  /** Of the error that refused it. */
  readonly message: string;
  /** Absent where the test was not priced. */
  readonly margin?: OrderMargin;
}

/** Silence is no refusal: an exposure left open for want of an answer is the greater danger. */
export function takesOrders({ outcome }: OrderTestView): boolean {
  return outcome === 'taken' || outcome === 'unanswered';
}

/** The same for people. */
export function orderTestText({ outcome, message, margin }: OrderTestView): string {
  if (outcome === 'refused') return `refused: ${message}`;
  const parts = outcome === 'taken' ? marginParts(margin) : [];
  return parts.length === 0 ? outcome : `${outcome}; one share: ${parts.join(', ')}`;
}

function marginParts(margin: OrderMargin | undefined): readonly string[] {
  const { initial = null, maintenance = null, commission = null } = margin ?? {};
  const told = (what: string, value: number | null) =>
    value === null ? [] : [`${what} ${numberText(value, 2)} USD`];
  return [
    ...told('initial margin', initial),
    ...told('maintenance margin', maintenance),
    ...told('commission', commission),
  ];
}
