/** Starts the page: session, stream and clock, then everything is drawn from their signals. */

import { effect } from '@preact/signals';
import { render } from 'preact';
import { startClock } from './clock.ts';
import { followInspected } from './state/inspected.ts';
import { follow, lampNow, link, status, watch } from './state/live.ts';
import { followAddress, place } from './state/place.ts';
import { openSession, readSession } from './state/session.ts';
import { openTheme } from './state/theme.ts';
import { language, texts } from './text/language.ts';
import { App } from './view/app.tsx';
import { fetchPages } from './view/opened-page.tsx';

const root = document.getElementById('app');
if (root === null) throw new Error('index.html has no place for the page');
openTheme();
render(<App />, root);

// A code in the address is used before the stream could ask whether we are signed in.
const opened = openSession();
follow(() => void opened.then(readSession));
startClock(watch);
followAddress();
followInspected();
fetchPages();

// The tab tells the lamp too: an operator has many.
effect(() => {
  const t = texts();
  document.documentElement.lang = language.value === 'zh' ? 'zh-Hans' : 'en';
  const view = link.value === 'live' ? status.value?.value : undefined;
  const lamp = lampNow();
  const mode = view === undefined ? '' : ` · ${t.mode[view.mode].word}`;
  const { page } = place.value;
  const where = page === 'overview' ? '' : ` · ${t.pages.names[page]}`;
  document.title = `${t.lamp[lamp]}${mode}${where} · Bifrost`;
  const icon = document.getElementById('favicon');
  icon?.setAttribute(
    'href',
    `/favicon.${lamp === 'none' || lamp === 'waiting' ? 'grey' : lamp}.svg`,
  );
});
