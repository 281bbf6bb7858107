/** The state machines in a line each; the inspector shows them at work. */

import type { MachineSummary } from '../../../../protocol/views.ts';
import { now, serverOffset } from '../../clock.ts';
import { NONE } from '../../format.ts';
import { machineAddress } from '../../state/address.ts';
import { machines } from '../../state/live.ts';
import { texts, wordsFor } from '../../text/language.ts';
import { STATE_WORDS } from '../../text/words.ts';
import { Head, Section, spanText, Table } from '../parts.tsx';

export function MachineStates() {
  const t = texts().machines;
  const statecharts = machines.value?.value.filter(({ machine }) => machine !== 'actor') ?? [];
  return (
    <Section id="machines" title={t.title} at={machines.value?.at ?? null}>
      <Table label={t.title} class="machines">
        <thead>
          <tr>
            <Head name={t.machine} />
            <Head name={t.state} />
            <Head number name={t.since} />
          </tr>
        </thead>
        <tbody>
          {statecharts.map((machine) => (
            <Machine key={machine.id} machine={machine} />
          ))}
        </tbody>
      </Table>
    </Section>
  );
}

function Machine({ machine: { id, label, since } }: { readonly machine: MachineSummary }) {
  const began = since * 1000 - serverOffset.value;
  return (
    <tr data-machine={id}>
      <th scope="row">
        <a class="inner" href={machineAddress(id)}>
          {id}
        </a>
      </th>
      <td>
        <code>{label}</code> {wordsFor(STATE_WORDS, label)}
      </td>
      <td class="number">{since === 0 ? NONE : spanText(now.value - began)}</td>
    </tr>
  );
}
