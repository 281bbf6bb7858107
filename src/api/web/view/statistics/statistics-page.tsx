/** The statistics page. */

import { texts } from '../../text/language.ts';

export function StatisticsPage() {
  return <h2>{texts().pages.names.statistics}</h2>;
}
