/** The explain page. */

import { texts } from '../../text/language.ts';

export function ExplainPage() {
  return <h2>{texts().pages.names.explain}</h2>;
}
