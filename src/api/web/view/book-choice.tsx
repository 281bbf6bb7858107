/** Which book a page is about: links, where there are several, and the one that the address names. */

import { addressOf, type PageName } from '../state/address.ts';
import { status } from '../state/live.ts';
import { texts } from '../text/language.ts';

/** The book that the address names, else the first; null while none is known. */
export function chosenSymbol(rest: readonly string[]): string | null {
  return rest[0] ?? status.value?.value.books[0]?.symbol ?? null;
}

interface ChoiceProps {
  readonly page: PageName;
  readonly chosen: string | null;
}

export function BookChoice({ page, chosen }: ChoiceProps) {
  const t = texts();
  const reading = status.value;
  if (reading === null) return <p class="empty">{t.link.waiting}</p>;
  const symbols = reading.value.books.map(({ symbol }) => symbol);
  if (symbols.length === 0) return <p class="empty">{t.book.none}</p>;
  const known = chosen !== null && symbols.includes(chosen);
  if (known && symbols.length === 1) return null;
  return (
    <nav class="book-choice" aria-label={t.book.books}>
      {!known && <p class="loss">{t.book.unknown(chosen ?? '')}</p>}
      <ul>
        {symbols.map((symbol) => (
          <li key={symbol}>
            <a
              href={addressOf(page, [symbol])}
              aria-current={symbol === chosen ? 'page' : undefined}
            >
              {symbol}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
