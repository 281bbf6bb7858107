/** Every configured value with where it comes from, and what of the file is not in force yet. */

import { useState } from 'preact/hooks';
import { now } from '../../clock.ts';
import { localTime, plain } from '../../format.ts';
import { call } from '../../state/http.ts';
import { systemTexts } from '../../text/pages/system.ts';
import { Head, Section, Table } from '../parts.tsx';
import { problemText, Said } from '../sentence.tsx';
import { useReading } from '../use-reading.ts';

const REREAD_MS = 10_000;

export function Configuration() {
  const t = systemTexts();
  const asked = useReading('config-keys', () => call('configKeys', {}), REREAD_MS);
  const view = asked.value;
  return (
    <Section id="config" title={t.config} at={asked.at}>
      <InForce />
      {view === null ? (
        <p class="empty">
          {asked.problem === null ? t.reading : problemText(asked.problem, t.failed)}
        </p>
      ) : (
        <>
          <p class="unit">{t.file(view.file, view.hash)}</p>
          {view.problem !== null && (
            <p class="loss">
              <Said text={view.problem} />
            </p>
          )}
          <Keys keys={view.keys} />
        </>
      )}
    </Section>
  );
}

/** What of the file runs. */
function InForce() {
  const t = systemTexts();
  const asked = useReading('config', () => call('config', {}), REREAD_MS);
  const view = asked.value;
  if (view === null) return null;
  const { applied_at: applied, needs_restart: waits, refused } = view;
  const time = (ts: number): string => localTime(ts * 1000, now.value);
  return (
    <>
      <p data-testid="in-force">
        <code>{view.summary}</code>, {applied === null ? t.asStarted : t.reloadedAt(time(applied))}.{' '}
        {t.hot}
      </p>
      {waits.length > 0 && <p class="loss">{t.waits(waits.join(', '))}</p>}
      {refused !== null && (
        <p class="loss">
          {t.refused(time(refused.ts))}: <Said text={refused.reason} />
        </p>
      )}
    </>
  );
}

interface Key {
  readonly key: string;
  readonly value: string;
  readonly source: string;
}

function Keys({ keys }: { readonly keys: readonly Key[] }) {
  const t = systemTexts();
  const [filter, setFilter] = useState('');
  const [onlySet, setOnlySet] = useState(true);
  const wanted = filter.trim().toLowerCase();
  const rows = keys.filter(
    ({ key, value, source }) =>
      (!onlySet || source !== 'default') &&
      `${key} ${value} ${source}`.toLowerCase().includes(wanted),
  );
  return (
    <>
      <div class="filters">
        <input
          type="search"
          placeholder={t.filter}
          aria-label={t.filter}
          value={filter}
          onInput={({ currentTarget }) => setFilter(currentTarget.value)}
        />
        <label>
          <input
            type="checkbox"
            checked={onlySet}
            onChange={({ currentTarget }) => setOnlySet(currentTarget.checked)}
          />{' '}
          {t.onlySet}
        </label>
        <span class="unit">
          {plain(rows.length)} / {plain(keys.length)}
        </span>
      </div>
      <Table label={t.config} class="config-keys">
        <thead>
          <tr>
            <Head name={t.key} />
            <Head name={t.value} />
            <Head name={t.source} />
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, value, source }) => (
            <tr key={key}>
              <th scope="row">
                <code>{key}</code>
              </th>
              <td>
                <code>{value}</code>
              </td>
              <td class="unit">{source}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </>
  );
}
