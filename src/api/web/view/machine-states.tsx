/** The state machines in a line each; the inspector shows them at work. */

import type { MachineSummary } from '../../../protocol/views.ts';
import { now, serverOffset } from '../clock.ts';
import { NONE } from '../format.ts';
import { machineAddress } from '../state/address.ts';
import { machines } from '../state/live.ts';
import { texts, wordsFor } from '../text/language.ts';
import { STATE_WORDS } from '../text/words.ts';
import { Head, Section, spanText, Table } from './parts.tsx';

/** `regions`: of a machine of several, the state of each as well. */
export function MachineStates({ regions }: { readonly regions: boolean }) {
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
            <Machine key={machine.id} machine={machine} regions={regions} />
          ))}
        </tbody>
      </Table>
    </Section>
  );
}

interface MachineProps {
  readonly machine: MachineSummary;
  readonly regions: boolean;
}

function Machine({ machine: { id, label, since, value }, regions }: MachineProps) {
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
        {regions && typeof value !== 'string' && <span class="unit">{regionsText(value)}</span>}
      </td>
      <td class="number">{since === 0 ? NONE : spanText(now.value - began)}</td>
    </tr>
  );
}

/** The regions of a parallel state: `lifecycle operating › healthy, admission active`. */
function regionsText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([region, inner]) => `${region} ${pathText(inner)}`)
    .join(', ');
}

function pathText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([state, inner]) => `${state} › ${pathText(inner)}`)
    .join(', ');
}
