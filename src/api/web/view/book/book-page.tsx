/** The book page. */

import { texts } from '../../text/language.ts';

export function BookPage() {
  return <h2>{texts().pages.names.book}</h2>;
}
