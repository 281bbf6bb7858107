/** The shell: whose money, how it is, how to stop it, where to look; and the page that is open. */

import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { link } from '../state/live.ts';
import { place } from '../state/place.ts';
import { texts } from '../text/language.ts';
import { LostBanner } from './lost-banner.tsx';
import { ModeBand } from './mode-band.tsx';
import { Navigation } from './navigation.tsx';
import { OpenedPage } from './opened-page.tsx';
import { StatusBar } from './status-bar.tsx';

export function App() {
  const t = texts();
  const content = useRef<HTMLElement>(null);
  const { page } = place.value;
  useFocusOnChange(content, page);
  return (
    <>
      <button type="button" class="skip" onClick={() => content.current?.focus()}>
        {t.skip}
      </button>
      <ModeBand />
      <StatusBar />
      <Navigation />
      <LostBanner />
      <main
        ref={content}
        tabIndex={-1}
        class={`page-${page} ${link.value === 'live' ? '' : 'outdated'}`}
        aria-label={t.pages.names[page]}
      >
        <OpenedPage />
      </main>
      <footer class="unit">{t.signs}</footer>
    </>
  );
}

/** Another page begins at its top, for the eye as for the ear; the first one has no before. */
function useFocusOnChange(content: RefObject<HTMLElement | null>, page: string): void {
  const before = useRef(page);
  useEffect(() => {
    if (before.current === page) return;
    before.current = page;
    content.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [page, content]);
}
