/** Why the book does not hedge more: one sentence, the closed gates, and the way to all of them. */

import type { BookView } from '../../../protocol/views.ts';
import { addressOf } from '../state/address.ts';
import { tradingNow } from '../state/trading-time.ts';
import { texts, wordsFor } from '../text/language.ts';
import { whyInChinese } from '../text/sentences.ts';
import { REASON_WORDS } from '../text/words.ts';
import { Said } from './sentence.tsx';

export function Why({ book }: { readonly book: BookView }) {
  const t = texts().why;
  return (
    <div class="why">
      <h3>{t.title}</h3>
      <p class="why-says" data-testid="why">
        <Said text={book.why} zh={() => whyInChinese(book, tradingNow())} />
      </p>
      <ul class="reasons" aria-label={t.reasons}>
        {book.block_reasons.length === 0 && <li class="unit">{t.noReasons}</li>}
        {book.block_reasons.map((reason) => (
          <li key={reason}>
            <code>{reason}</code> {wordsFor(REASON_WORDS, reason)}
          </li>
        ))}
      </ul>
      <a href={addressOf('explain', [book.symbol])}>{t.explain}</a>
    </div>
  );
}
