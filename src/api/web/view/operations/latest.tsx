/** What was done last, newest first, as it happens. */

import { addressOf } from '../../state/address.ts';
import { operations } from '../../state/live.ts';
import { keyOf } from '../../state/operation-list.ts';
import { texts } from '../../text/language.ts';
import { Section, Table } from '../parts.tsx';
import { Operation, OperationHeads } from './row.tsx';

/** What an eye takes in; the page of operations has the rest. */
const ROWS = 15;

export function LatestOperations() {
  const t = texts().operations;
  const reading = operations.value;
  const rows = reading?.value.slice(0, ROWS) ?? [];
  return (
    <Section id="operations" title={t.title} at={reading?.at ?? null}>
      {rows.length === 0 ? (
        <p class="empty">{reading === null ? texts().link.waiting : t.none}</p>
      ) : (
        <Table label={t.title} class="operations">
          <thead>
            <OperationHeads />
          </thead>
          <tbody>
            {rows.map((row) => (
              <Operation key={keyOf(row)} row={row} />
            ))}
          </tbody>
        </Table>
      )}
      <p class="more">
        <a href={addressOf('operations')}>{t.all}</a>
      </p>
    </Section>
  );
}
