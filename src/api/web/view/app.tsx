/** The first screen: is it healthy, is it real, what is the risk, what did it do, why not more. */

import { link, status } from '../state/live.ts';
import { texts } from '../text/language.ts';
import { AccountSections } from './account.tsx';
import { BookSection } from './book.tsx';
import { LostBanner } from './lost-banner.tsx';
import { MachinesSection } from './machines.tsx';
import { ModeBand } from './mode-band.tsx';
import { OperationsSection } from './operations.tsx';
import { StatusBar } from './status-bar.tsx';

export function App() {
  const t = texts();
  const reading = status.value;
  const current = link.value === 'live';
  return (
    <>
      <a class="skip" href="#books">
        {t.skip}
      </a>
      <ModeBand />
      <StatusBar />
      <LostBanner />
      <main class={current ? 'columns' : 'columns outdated'} aria-label={t.title}>
        <div class="column" id="books" tabIndex={-1}>
          {reading === null && <p class="empty">{t.link.waiting}</p>}
          {reading !== null && reading.value.books.length === 0 && (
            <p class="empty">{t.book.none}</p>
          )}
          {reading?.value.books.map((book) => (
            <BookSection key={book.symbol} book={book} reading={reading} />
          ))}
          <AccountSections />
        </div>
        <div class="column">
          <OperationsSection />
          <MachinesSection />
        </div>
      </main>
    </>
  );
}
