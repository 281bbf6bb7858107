/**
 * The pages. Each is a script of its own that is fetched when it is opened, so that the first screen
 * is there at once; what a page needs to say it brings along (`text/pages`).
 */

import type { ComponentType } from 'preact';
import type { PageName } from '../state/address.ts';
import { OverviewPage } from './overview/overview-page.tsx';
import type { PageProps } from './page-props.ts';

type Loader = () => Promise<ComponentType<PageProps>>;

export const PAGE_LOADERS: Readonly<Record<PageName, Loader>> = {
  // The first screen comes with the shell.
  overview: async () => OverviewPage,
  book: async () => (await import('./book/book-page.tsx')).BookPage,
  explain: async () => (await import('./explain/explain-page.tsx')).ExplainPage,
  machines: async () => {
    const { InspectorPage } = await import('./inspector/inspector-page.tsx');
    return ({ rest }) => (
      <div class="inspector">
        <InspectorPage id={rest[0] ?? null} />
      </div>
    );
  },
  operations: async () => (await import('./operations/operations-page.tsx')).OperationsPage,
  accounts: async () => (await import('./accounts/accounts-page.tsx')).AccountsPage,
  statistics: async () => (await import('./statistics/statistics-page.tsx')).StatisticsPage,
  backtests: async () => (await import('./backtests/backtests-page.tsx')).BacktestsPage,
  system: async () => (await import('./system/system-page.tsx')).SystemPage,
  logs: async () => (await import('./logs/logs-page.tsx')).LogsPage,
};
