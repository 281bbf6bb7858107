/**
 * What the files of this folder look at: a daemon that has hedged, a browser, and a tab in it that
 * is signed in. They take ten seconds to start, so that suites share one where they can.
 */

import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { beforeAll } from 'vitest';

import { buildPage, openTab, startBrowser, type Tab } from '../support/browser.ts';
import { type TestDaemon, testHome } from '../support/daemon.ts';

interface Desk {
  readonly daemon: TestDaemon;
  readonly browser: Browser;
  /** Signed in by the link that the daemon printed, which works once. */
  readonly tab: Tab;
}

let opened: Desk | null = null;

/** Of the file that runs; it is there when its first test runs. */
export const desk: Desk = {
  get daemon() {
    return ready().daemon;
  },
  get browser() {
    return ready().browser;
  },
  get tab() {
    return ready().tab;
  },
};

function ready(): Desk {
  assert.ok(opened !== null, 'the file has opened its desk');
  return opened;
}

/** Call it once in a file, outside of tests. */
export function openDesk(name: string): void {
  const home = testHome(name);
  beforeAll(async () => {
    await buildPage();
    const daemon = home.daemon();
    const browser = await startBrowser();
    await daemon.ready();
    await daemon.untilStatus('it is green', (status) => status.status_lamp === 'green');
    await daemon.until('a fill', async () => {
      const fills = await daemon.operations('type=fill');
      return fills.length > 0 ? true : null;
    });
    const link = /http:\S+#code=\S+/.exec(daemon.out());
    assert.ok(link, daemon.out());
    const tab = await openTab(browser, link[0]);
    await tab.page.getByTestId('lamp').getByText('Healthy').waitFor();
    opened = { daemon, browser, tab };
  });
}
