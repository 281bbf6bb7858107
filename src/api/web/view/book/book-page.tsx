/** One book in full: its course, its legs, its smile, what might come, and what the day was. */

import { status } from '../../state/live.ts';
import { bookTexts } from '../../text/pages/book.ts';
import { BookChoice, chosenSymbol } from '../book-choice.tsx';
import type { PageProps } from '../page-props.ts';
import { AttributionSection } from './attribution.tsx';
import { Shares } from './by-hand.tsx';
import { Course } from './course.tsx';
import { Expiry } from './expiry.tsx';
import { Gauge } from './gauge.tsx';
import { BookHead, bookSectionId } from './head.tsx';
import { LegsTable } from './legs.tsx';
import { Membership } from './membership.tsx';
import { Holdings, Risk } from './risk.tsx';
import { Scenarios } from './scenarios.tsx';
import { Smile } from './smile.tsx';

export function BookPage({ rest }: PageProps) {
  const symbol = chosenSymbol(rest);
  const reading = status.value;
  const book = reading?.value.books.find((one) => one.symbol === symbol);
  const choice = <BookChoice page="book" chosen={symbol} />;
  if (reading === null || book === undefined) return choice;
  const id = bookSectionId(book.symbol);
  return (
    <>
      {choice}
      <section class="section book" aria-labelledby={`${id}-title`} data-testid={id}>
        <BookHead book={book} reading={reading} />
        <Gauge book={book} />
        <div class="book-facts">
          <Holdings book={book} />
          <Risk book={book} />
        </div>
      </section>
      <LegsTable book={book} />
      <Expiry book={book} />
      <div class="book-columns">
        <Membership key={`members ${book.symbol}`} symbol={book.symbol} />
        <Shares book={book} />
      </div>
      <div class="book-columns">
        <Course key={book.symbol} book={book} />
        <div>
          <Smile book={book} />
          <section class="section" aria-labelledby="day-title">
            <h2 id="day-title">{bookTexts().day}</h2>
            <AttributionSection book={book} />
          </section>
        </div>
      </div>
      <Scenarios key={`what-if ${book.symbol}`} symbol={book.symbol} />
    </>
  );
}
