/** The backtests page. */

import { texts } from '../../text/language.ts';

export function BacktestsPage() {
  return <h2>{texts().pages.names.backtests}</h2>;
}
