/** The state machines with their states, and the actors that host them. */

import type { ActorView } from '../../../protocol/views.ts';
import { plain } from '../format.ts';
import { actors } from '../state/live.ts';
import { texts } from '../text/language.ts';
import { MachineStates } from './machine-states.tsx';
import { Head, Section, Table } from './parts.tsx';

export function MachinesSection() {
  const t = texts().machines;
  return (
    <>
      <MachineStates regions />
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

function Actor({ actor }: { readonly actor: ActorView }) {
  const t = texts().machines;
  return (
    <tr class={actor.state === 'running' ? '' : 'doubtful'}>
      <th scope="row">
        {actor.id}
        {actor.last_error !== null && (
          <span class="unit">
            {t.error}: <span lang="en">{actor.last_error}</span>
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
