/** The page that the address names: it is fetched once, and kept. */

import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { after } from '../clock.ts';
import { PAGE_NAMES, type PageName } from '../state/address.ts';
import { place } from '../state/place.ts';
import { texts } from '../text/language.ts';
import { OverviewPage } from './overview/overview-page.tsx';
import type { PageProps } from './page-props.ts';
import { PAGE_LOADERS } from './pages.tsx';

/** `failed`: its script could not be fetched; the daemon may have been built anew meanwhile. */
type Fetched = ComponentType<PageProps> | 'failed';

const fetched = signal<ReadonlyMap<PageName, Fetched>>(new Map([['overview', OverviewPage]]));

/** The first screen comes with the shell. It is drawn before the others are asked for. */
const FETCH_OTHERS_MS = 1500;

/** Fetches all pages in time: they are there even when the daemon is not. */
export function fetchPages(): void {
  after(FETCH_OTHERS_MS, () => void Promise.all(PAGE_NAMES.map(fetchPage)));
}

export function OpenedPage() {
  const { page, rest } = place.value;
  const found = fetched.value.get(page);
  useEffect(() => void fetchPage(page), [page]);
  if (found === undefined) {
    return (
      <p class="empty" role="status">
        {texts().pages.loading}
      </p>
    );
  }
  if (found === 'failed') return <Failed />;
  const Page = found;
  return <Page rest={rest} />;
}

function Failed() {
  const t = texts().pages;
  return (
    <div class="empty" role="alert">
      <p>{t.failed}</p>
      <button type="button" onClick={() => location.reload()}>
        {t.reload}
      </button>
    </div>
  );
}

async function fetchPage(name: PageName): Promise<void> {
  const known = fetched.peek().get(name);
  if (known !== undefined && known !== 'failed') return;
  let page: Fetched;
  try {
    page = await PAGE_LOADERS[name]();
  } catch (thrown) {
    // What `import()` throws where the script cannot be had; anything else is our own mistake.
    if (!(thrown instanceof TypeError)) throw thrown;
    page = 'failed';
  }
  fetched.value = new Map(fetched.peek()).set(name, page);
}
