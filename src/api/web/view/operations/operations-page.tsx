/** What was done, newest first: with a filter, a search, and the story of each order. */

import { useMemo } from 'preact/hooks';
import { plain } from '../../format.ts';
import { status } from '../../state/live.ts';
import { keyOf, matches } from '../../state/operation-list.ts';
import { look, place } from '../../state/place.ts';
import { texts } from '../../text/language.ts';
import { operationsTexts } from '../../text/pages/operations.ts';
import type { PageProps } from '../page-props.ts';
import { Age, Table } from '../parts.tsx';
import { problemText } from '../sentence.tsx';
import { Operation, OperationHeads } from './row.tsx';
import { OrderStory } from './story.tsx';
import { useOperations } from './use-operations.ts';

/** How far back a filter can reach, in hours. */
const WINDOWS = { any: undefined, h1: 1, h24: 24, h168: 168 } as const;
type Window = keyof typeof WINDOWS;
const WINDOW_NAMES = Object.keys(WINDOWS) as readonly Window[];

export function OperationsPage({ rest }: PageProps) {
  const [orderRef] = rest;
  return orderRef === undefined ? <OperationList /> : <OrderStory key={orderRef} of={orderRef} />;
}

function OperationList() {
  const t = operationsTexts();
  const { query } = place.value;
  const window = WINDOW_NAMES.find((name) => name === query['since']) ?? 'any';
  const filter = { type: query['type'], symbol: query['symbol'], hours: WINDOWS[window] };
  const found = useOperations(filter);
  const search = query['search'] ?? '';
  const { rows } = found;
  const shown = useMemo(() => rows.filter((row) => matches(row, search)), [rows, search]);
  return (
    <section class="section" aria-labelledby="operations-title">
      <div class="section-head">
        <h2 id="operations-title">{t.title}</h2>
        <Age at={found.at} of={t.title} />
      </div>
      <Filters window={window} />
      {found.problem !== null && <p class="loss">{problemText(found.problem, t.failed)}</p>}
      {shown.length === 0 ? (
        <p class="empty">{found.asking ? t.loading : t.none}</p>
      ) : (
        <Table label={t.title} class="operations wide-list">
          <thead>
            <OperationHeads whole />
          </thead>
          <tbody>
            {shown.map((row) => (
              <Operation key={keyOf(row)} row={row} whole />
            ))}
          </tbody>
        </Table>
      )}
      <p class="list-end">
        <span class="unit" role="status">
          {t.count(plain(shown.length), plain(rows.length))}
        </span>
        {found.hasOlder ? (
          <button type="button" disabled={found.asking} onClick={found.older}>
            {found.asking ? t.loading : t.older}
          </button>
        ) : (
          <span class="unit">{t.noOlder}</span>
        )}
      </p>
    </section>
  );
}

function Filters({ window }: { readonly window: Window }) {
  const t = operationsTexts();
  const { types } = texts().operations;
  const { query } = place.value;
  const symbols = status.value?.value.books.map(({ symbol }) => symbol) ?? [];
  // Cleared, the address is that of the page alone.
  const clear = () =>
    look({ type: undefined, symbol: undefined, since: undefined, search: undefined });
  return (
    <search class="filters">
      <label>
        <span class="unit">{t.type}</span>{' '}
        <select
          value={query['type'] ?? ''}
          onChange={(event) => look({ type: event.currentTarget.value })}
        >
          <option value="">{t.anyType}</option>
          {Object.entries(types).map(([id, word]) => (
            <option key={id} value={id}>
              {word}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="unit">{t.symbol}</span>{' '}
        <select
          value={query['symbol'] ?? ''}
          onChange={(event) => look({ symbol: event.currentTarget.value })}
        >
          <option value="">{t.anySymbol}</option>
          {symbols.map((symbol) => (
            <option key={symbol}>{symbol}</option>
          ))}
        </select>
      </label>
      <label>
        <span class="unit">{t.since}</span>{' '}
        <select value={window} onChange={(event) => look({ since: event.currentTarget.value })}>
          {WINDOW_NAMES.map((name) => (
            <option key={name} value={name}>
              {t.windows[name]}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="unit">{t.search}</span>{' '}
        <input
          type="search"
          placeholder={t.searchHint}
          value={query['search'] ?? ''}
          onInput={(event) => look({ search: event.currentTarget.value })}
        />
      </label>
      {Object.keys(query).length > 0 && (
        <button type="button" class="quiet" onClick={clear}>
          {t.clear}
        </button>
      )}
    </search>
  );
}
