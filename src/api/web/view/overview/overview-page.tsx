/** The first screen: is it healthy, is it real, what is the risk, what did it do, why not more. */

import type { BookView, StatusView } from '../../../../protocol/views.ts';
import { addressOf } from '../../state/address.ts';
import { type Reading, status } from '../../state/live.ts';
import { texts } from '../../text/language.ts';
import { Gauge } from '../book/gauge.tsx';
import { BookHead, bookSectionId } from '../book/head.tsx';
import { Holdings, Risk, Space } from '../book/risk.tsx';
import { MachineStates } from '../machine-states.tsx';
import { LatestOperations } from '../operations/latest.tsx';
import { Why } from '../why.tsx';
import { AlertsSection } from './alerts.tsx';
import { AttributionBars } from './attribution-bars.tsx';
import { Limits } from './limits.tsx';

export function OverviewPage() {
  const t = texts();
  const reading = status.value;
  return (
    <div class="columns">
      <div class="column" id="books">
        <AlertsSection />
        {reading === null && <p class="empty">{t.link.waiting}</p>}
        {reading !== null && reading.value.books.length === 0 && <p class="empty">{t.book.none}</p>}
        {reading?.value.books.map((book) => (
          <BookCard key={book.symbol} book={book} reading={reading} />
        ))}
      </div>
      <div class="column">
        <LatestOperations />
        <MachineStates regions={false} />
      </div>
    </div>
  );
}

interface CardProps {
  readonly book: BookView;
  readonly reading: Reading<StatusView>;
}

function BookCard({ book, reading }: CardProps) {
  const t = texts().book;
  const id = bookSectionId(book.symbol);
  return (
    <section class="section book" aria-labelledby={`${id}-title`} data-testid={id}>
      <BookHead book={book} reading={reading} />
      <Gauge book={book} />
      <Why book={book} />
      <div class="book-halves">
        <div>
          <Holdings book={book} />
          <Risk book={book} brief />
        </div>
        <div>
          <AttributionBars book={book} />
          <Limits book={book} />
        </div>
      </div>
      <Space book={book} />
      <p class="more">
        <a href={addressOf('book', [book.symbol])}>{t.more(book.symbol)}</a>
      </p>
    </section>
  );
}
