/** The state machines with their states, and the actors that host them. */

import type { ActorView, MachineSummary } from '../../../protocol/views.ts';
import { now, serverOffset } from '../clock.ts';
import { NONE, plain } from '../format.ts';
import { actors, machines } from '../state/live.ts';
import { texts, wordsFor } from '../text/language.ts';
import { STATE_WORDS } from '../text/words.ts';
import { Head, Section, spanText, Table } from './parts.tsx';

export function MachinesSection() {
  const t = texts().machines;
  const statecharts = machines.value?.value.filter(({ machine }) => machine !== 'actor') ?? [];
  return (
    <>
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
      <Section id="actors" title={t.actors} at={actors.value?.at ?? null}>
        <Table label={t.actors} class="actors">
          <thead>
            <tr>
              <Head name={t.actor} />
              <Head name={t.placement} />
              <Head name={t.state} />
              <Head number name={t.restarts} />
              <Head number name={t.mailbox} unit={t.mailboxUnit} />
              <Head number name={t.messages} />
            </tr>
          </thead>
          <tbody>
            {actors.value?.value.map((actor) => (
              <Actor key={actor.id} actor={actor} />
            ))}
          </tbody>
        </Table>
      </Section>
    </>
  );
}

function Machine({ machine }: { readonly machine: MachineSummary }) {
  const since = machine.since * 1000 - serverOffset.value;
  return (
    <tr data-machine={machine.id}>
      <th scope="row">{machine.id}</th>
      <td>
        <code>{machine.label}</code> {wordsFor(STATE_WORDS, machine.label)}
        {typeof machine.value !== 'string' && (
          <span class="unit">{regionsText(machine.value)}</span>
        )}
      </td>
      <td class="number">{machine.since === 0 ? NONE : spanText(now.value - since)}</td>
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

function Actor({ actor }: { readonly actor: ActorView }) {
  const t = texts().machines;
  return (
    <tr class={actor.state === 'running' ? '' : 'doubtful'}>
      <th scope="row">
        {actor.id}
        {actor.last_error !== null && (
          <span class="unit" lang="en">
            {t.error}: {actor.last_error}
          </span>
        )}
      </th>
      <td>{actor.placement}</td>
      <td>
        <code>{actor.state}</code>
      </td>
      <td class="number">{plain(actor.restarts)}</td>
      <td class="number">
        {plain(actor.mailbox_depth)} / {plain(actor.mailbox_high)}
      </td>
      <td class="number">{plain(actor.messages)}</td>
    </tr>
  );
}
