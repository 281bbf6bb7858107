/** What the broker said when it was asked, before the first order, whether it takes orders. */

export interface OrderTestView {
  readonly outcome: 'not_tested' | 'taken' | 'refused' | 'unanswered';
  /** Of the error that refused it. */
  readonly message: string;
}

/** Silence is no refusal: an exposure left open for want of an answer is the greater danger. */
export function takesOrders({ outcome }: OrderTestView): boolean {
  return outcome === 'taken' || outcome === 'unanswered';
}

/** The same for people. */
export function orderTestText({ outcome, message }: OrderTestView): string {
  return outcome === 'refused' ? `refused: ${message}` : outcome;
}
