/** What was done, newest first, as it happens. */

import { now } from '../clock.ts';
import { localTime, localZone, NONE, plain } from '../format.ts';
import { operations } from '../state/live.ts';
import { keyOf, type OperationRow } from '../state/operation-list.ts';
import { texts, wordsFor } from '../text/language.ts';
import { SPACE_WORDS } from '../text/words.ts';
import { Head, Section, Table } from './parts.tsx';

export function OperationsSection() {
  const t = texts().operations;
  const reading = operations.value;
  const rows = reading?.value ?? [];
  return (
    <Section id="operations" title={t.title} at={reading?.at ?? null}>
      {rows.length === 0 ? (
        <p class="empty">{reading === null ? texts().link.waiting : t.none}</p>
      ) : (
        <Table label={t.title} class="operations">
          <thead>
            <tr>
              <Head name={t.time} unit={localZone(now.value)} />
              <Head name={t.what} />
              <Head number name={t.quantity} />
              <Head number name={t.price} />
              <Head name={t.reason} />
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Operation key={keyOf(row)} row={row} />
            ))}
          </tbody>
        </Table>
      )}
    </Section>
  );
}

function Operation({ row }: { readonly row: OperationRow }) {
  const t = texts().operations;
  const side = row.side === 'BUY' || row.side === 'SELL' ? t[row.side] : (row.side ?? NONE);
  return (
    <tr class={`operation operation-${row.type}`} data-type={row.type}>
      <td class="number time">{localTime(row.ts * 1000, now.value)}</td>
      <td class="what">
        <strong>{t.types[row.type] ?? row.type}</strong> <span class="unit">{row.symbol}</span>
      </td>
      <td class="number">
        {side} {row.quantity === null ? '' : plain(row.quantity)}
      </td>
      <td class="number">{plain(row.price, 2)}</td>
      <td class="reason" title={row.order_ref ?? ''}>
        <span lang="en">{row.state_reason}</span> {wordsFor(SPACE_WORDS, row.state_reason)}
      </td>
    </tr>
  );
}
