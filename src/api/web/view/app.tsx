/**
 * The page. The first screen: is it healthy, is it real, what is the risk, what did it do, why not
 * more. The second: the state machines as they run.
 */

import { link, status } from '../state/live.ts';
import { place } from '../state/place.ts';
import { texts } from '../text/language.ts';
import { AccountSections } from './account.tsx';
import { BookSection } from './book.tsx';
import { InspectorPage } from './inspector/inspector-page.tsx';
import { LostBanner } from './lost-banner.tsx';
import { MachinesSection } from './machines.tsx';
import { ModeBand } from './mode-band.tsx';
import { OperationsSection } from './operations.tsx';
import { StatusBar } from './status-bar.tsx';

export function App() {
  const t = texts();
  const here = place.value;
  const current = link.value === 'live' ? '' : 'outdated';
  return (
    <>
      <a class="skip" href="#books">
        {t.skip}
      </a>
      <ModeBand />
      <StatusBar />
      <Pages />
      <LostBanner />
      {here.page === 'machines' ? (
        <main class={`inspector ${current}`} aria-label={t.inspector.title}>
          <InspectorPage id={here.id} />
        </main>
      ) : (
        <main class={`columns ${current}`} aria-label={t.title}>
          <Overview />
        </main>
      )}
    </>
  );
}

function Pages() {
  const t = texts();
  const { page } = place.value;
  const current = (name: typeof page) => (page === name ? 'page' : undefined);
  return (
    <nav class="pages" aria-label={t.pages.label}>
      <a href="#/" aria-current={current('overview')}>
        {t.pages.overview}
      </a>
      <a href="#/machines" aria-current={current('machines')}>
        {t.pages.machines}
      </a>
    </nav>
  );
}

function Overview() {
  const t = texts();
  const reading = status.value;
  return (
    <>
      <div class="column" id="books" tabIndex={-1}>
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
    </>
  );
}
