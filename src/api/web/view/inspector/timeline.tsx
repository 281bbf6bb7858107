/** What a machine did, newest first; a step that is chosen is shown as it was. */

import { useState } from 'preact/hooks';
import type { TracedTransition } from '../../../../protocol/views.ts';
import { shortState } from '../../chart-paths.ts';
import { now } from '../../clock.ts';
import { localTime, localZone } from '../../format.ts';
import { withRefused } from '../../state/inspected.ts';
import { detailText } from '../../state/log-lines.ts';
import { moment, momentOf, travelTo } from '../../state/past.ts';
import { texts } from '../../text/language.ts';
import { inspectionTexts } from '../../text/pages/inspector.ts';
import { Table } from '../parts.tsx';
import { saidText } from '../sentence.tsx';

export function Timeline({ past }: { readonly past: readonly TracedTransition[] }) {
  const t = texts().inspector;
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const rows = past.filter(({ event, from, to }) =>
    `${event} ${from} ${to}`.toLowerCase().includes(wanted),
  );
  return (
    <section class="timeline" aria-labelledby="timeline-title">
      <div class="section-head">
        <h2 id="timeline-title">{t.past}</h2>
        <div class="timeline-tools">
          <input
            type="search"
            placeholder={t.filter}
            aria-label={t.filter}
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
          <label>
            <input
              type="checkbox"
              checked={withRefused.value}
              onChange={(event) => {
                withRefused.value = event.currentTarget.checked;
              }}
            />{' '}
            {t.withRefused}
          </label>
        </div>
      </div>
      {moment.value?.step != null && <Step step={moment.value.step} />}
      {rows.length === 0 ? (
        <p class="empty">{t.nothing}</p>
      ) : (
        <Table label={t.past} class="steps">
          <thead>
            <tr>
              <th scope="col">
                {t.time}, {localZone(now.value)}
              </th>
              <th scope="col">{t.event}</th>
              <th scope="col">{t.move}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={keyOf(row)} row={row} />
            ))}
          </tbody>
        </Table>
      )}
    </section>
  );
}

function keyOf({ ts, sequence, event, from, to }: TracedTransition): string {
  return `${ts} ${sequence} ${event} ${from} ${to}`;
}

function Row({ row }: { readonly row: TracedTransition }) {
  const t = texts().inspector;
  const { ts, event, from, to, reason } = row;
  const shown = moment.value?.step ?? null;
  const chosen = shown !== null && keyOf(shown) === keyOf(row);
  return (
    <tr class={chosen ? 'chosen' : ''} data-event={event}>
      <td>
        <button
          type="button"
          class="link number"
          aria-pressed={chosen}
          onClick={() => {
            travelTo(chosen ? null : momentOf(row));
          }}
        >
          {localTime(ts * 1000, now.value)}
        </button>
      </td>
      <th scope="row">
        {event}{' '}
        {reason !== undefined && <span class="unit">{`${t.reason}: ${saidText(reason)}`}</span>}
      </th>
      <td>
        {from === to
          ? `${shortState(from, '')} (${t.stays})`
          : `${shortState(from, to)} → ${shortState(to, from)}`}
      </td>
    </tr>
  );
}

/** A step in full: what was asked, what said yes, what was done. */
function Step({ step }: { readonly step: TracedTransition }) {
  const t = texts().inspector;
  const { guards = [], fired = [] } = step;
  if (step.fired === undefined) return <p class="unit">{t.untraced}</p>;
  return (
    <div class="step">
      {step.told !== undefined && (
        <p>
          <strong>{inspectionTexts().told}:</strong> <code>{detailText(step.told)}</code>
        </p>
      )}
      {fired.map(({ state, event, target, guard, actions }) => (
        <p key={`${state} ${event} ${target}`}>
          <strong>{t.fired}:</strong> {event}
          {guard !== null && ` [${guard}]`} {state === '' ? '' : `${state} `}→ {target ?? t.stays}
          {actions.length > 0 && (
            <span class="unit">
              {' '}
              {t.actions}: {actions.join(', ')}
            </span>
          )}
        </p>
      ))}
      {guards.length > 0 && (
        <Table label={t.guards} class="step-guards">
          <caption>{t.guards}</caption>
          <thead>
            <tr>
              <th scope="col">{t.guard}</th>
              <th scope="col">{t.verdict}</th>
              <th scope="col">{t.leads}</th>
            </tr>
          </thead>
          <tbody>
            {guards.map(({ state, guard, passed, target, event }, index) => (
              <tr key={`${index} ${guard}`} class={passed ? 'passed' : ''}>
                <th scope="row">
                  {guard} <span class="unit">{`${state} ${event}`}</span>
                </th>
                <td>{passed ? t.passed : t.failed}</td>
                <td>{target ?? t.stays}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </div>
  );
}
