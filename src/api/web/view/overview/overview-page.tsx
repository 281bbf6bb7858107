/** The first screen: is it healthy, is it real, what is the risk, what did it do, why not more. */

import { status } from '../../state/live.ts';
import { texts } from '../../text/language.ts';
import { AccountSections } from '../account.tsx';
import { BookSection } from '../book.tsx';
import { MachinesSection } from '../machines.tsx';
import { OperationsSection } from '../operations.tsx';

export function OverviewPage() {
  const t = texts();
  const reading = status.value;
  return (
    <div class="columns">
      <div class="column" id="books">
        {reading === null && <p class="empty">{t.link.waiting}</p>}
        {reading !== null && reading.value.books.length === 0 && <p class="empty">{t.book.none}</p>}
        {reading?.value.books.map((book) => (
          <BookSection key={book.symbol} book={book} reading={reading} />
        ))}
        <AccountSections />
      </div>
      <div class="column">
        <OperationsSection />
        <MachinesSection />
      </div>
    </div>
  );
}
