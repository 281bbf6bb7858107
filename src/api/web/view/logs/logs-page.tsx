/** The logs page. */

import { texts } from '../../text/language.ts';

export function LogsPage() {
  return <h2>{texts().pages.names.logs}</h2>;
}
