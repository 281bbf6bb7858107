/** What a machine takes, which ways lead out of where it is, and what it remembers. */

import { useState } from 'preact/hooks';
import type { ChartLayoutView } from '../../../../protocol/chart-layout.ts';
import {
  type ChartEdge,
  guardKey,
  lastVerdicts,
  targetName,
  type Verdict,
} from '../../chart-paths.ts';
import { after, now } from '../../clock.ts';
import { localTime } from '../../format.ts';
import { isRecord } from '../../state/http.ts';
import { type Inspected, sendEvent, sent } from '../../state/inspected.ts';
import { detailText } from '../../state/log-lines.ts';
import { moment } from '../../state/past.ts';
import { signedIn } from '../../state/session.ts';
import { texts } from '../../text/language.ts';
import { Table } from '../parts.tsx';
import { saidText } from '../sentence.tsx';
import { Context } from './context.tsx';
import { PastDetail } from './past-detail.tsx';

/** Events after which something stops or is sold: they are asked for twice. */
const DANGEROUS: ReadonlySet<string> = new Set(['STOP', 'FLATTEN', 'SUSPEND']);
const SURE_MS = 5000;

interface DetailProps {
  readonly shown: Inspected;
  readonly active: ReadonlySet<string>;
  /** A state that is looked at in place of the active ones. */
  readonly chosen: string | null;
  readonly onChoose: (path: string | null) => void;
}

export function MachineDetail({ shown, active, chosen, onChoose }: DetailProps) {
  const t = texts().inspector;
  const { id, chart, machine, past } = shown;
  if (chart === null || machine === null) return null;
  const { context, events, unknown_events } = machine.value;
  const looked = chosen === null ? active : new Set([chosen]);
  // From the innermost state outwards, as they are asked; the machine's own come last.
  const leaving = chart.edges
    .filter(({ from }) => looked.has(from) || (from === '' && chosen === null))
    .toSorted((a, b) => depthOf(b.from) - depthOf(a.from));
  const unknown = Object.entries(unknown_events);
  return (
    <div class="machine-detail">
      <PastDetail />
      {moment.value === null && <Events id={id} events={events} />}
      <h3>{t.from}</h3>
      <StateChoice states={chart.layout.states} chosen={chosen} onChoose={onChoose} />
      <WaysOut edges={leaving} verdicts={lastVerdicts(past)} />
      {unknown.length > 0 && (
        <>
          <h3>{t.unknownEvents}</h3>
          <p>{unknown.map(([type, count]) => `${type} × ${count}`).join(', ')}</p>
        </>
      )}
      <Context current={context} />
    </div>
  );
}

interface ChoiceProps {
  readonly states: ChartLayoutView['states'];
  readonly chosen: string | null;
  readonly onChoose: (path: string | null) => void;
}

/** The choice that a click into the chart makes, for who uses no mouse or sees no chart. */
function StateChoice({ states, chosen, onChoose }: ChoiceProps) {
  const t = texts().inspector;
  return (
    <label class="state-choice">
      {t.lookAt}{' '}
      <select
        value={chosen ?? ''}
        onChange={({ currentTarget: { value } }) => onChoose(value === '' ? null : value)}
      >
        <option value="">{t.whereItIs}</option>
        {states.map(({ path }) => (
          <option key={path} value={path}>
            {path}
          </option>
        ))}
      </select>
    </label>
  );
}

function depthOf(path: string): number {
  return path === '' ? 0 : path.split('.').length;
}

function Events({ id, events }: { readonly id: string; readonly events: readonly string[] }) {
  const t = texts().inspector;
  const told = sent.value;
  return (
    <>
      <h3>{t.events}</h3>
      {events.length === 0 && <p class="unit">{t.noEvents}</p>}
      <div class="event-buttons">
        {events.map((type) => (
          <EventButton key={type} id={id} type={type} />
        ))}
      </div>
      {told !== null && (
        <p role="status" class={told.ok ? '' : 'loss'}>
          {told.ok ? t.sent(told.text) : `${t.refused}: ${saidText(told.text)}`}
        </p>
      )}
    </>
  );
}

function EventButton({ id, type }: { readonly id: string; readonly type: string }) {
  const t = texts().inspector;
  const [asked, setAsked] = useState(false);
  const dangerous = DANGEROUS.has(type);
  const press = () => {
    if (dangerous && !asked) {
      setAsked(true);
      after(SURE_MS, () => setAsked(false));
      return;
    }
    setAsked(false);
    void sendEvent(id, type);
  };
  return (
    <button
      type="button"
      class={dangerous ? 'danger' : ''}
      disabled={!signedIn.value}
      aria-describedby={signedIn.value ? undefined : 'locked'}
      onClick={press}
    >
      {asked ? t.sure(type) : t.send(type)}
    </button>
  );
}

interface WaysProps {
  readonly edges: readonly ChartEdge[];
  readonly verdicts: ReadonlyMap<string, Verdict>;
}

function WaysOut({ edges, verdicts }: WaysProps) {
  const t = texts().inspector;
  return (
    <Table label={t.from} class="ways">
      <thead>
        <tr>
          <th scope="col">{t.event}</th>
          <th scope="col">{t.guard}</th>
          <th scope="col">{t.leads}</th>
        </tr>
      </thead>
      <tbody>
        {edges.map((edge, index) => (
          <tr key={`${edge.from} ${edge.event} ${edge.guard} ${edge.to}`}>
            <th scope="row">{edge.event === 'always' ? t.always : edge.event}</th>
            <td>
              {edge.guard !== null && (
                <GuardSays edge={edge} before={edges[index - 1]} verdicts={verdicts} />
              )}
            </td>
            <td title={edge.actions.join(', ')}>
              {edge.to === null ? t.stays : targetName(edge.from, edge.to)}
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function GuardSays(props: {
  readonly edge: ChartEdge;
  readonly before: ChartEdge | undefined;
  readonly verdicts: ReadonlyMap<string, Verdict>;
}) {
  const t = texts().inspector;
  const { guard } = props.edge;
  const verdict = verdictOf(props.edge, props.verdicts);
  const above = props.before === undefined ? undefined : verdictOf(props.before, props.verdicts);
  // Guards of one step judge by the same numbers: they are told once.
  const isNews = verdict?.told !== undefined && verdict.ts !== above?.ts;
  return (
    <>
      {guard}{' '}
      <span class="unit">
        {verdict === undefined
          ? t.neverAsked
          : `${verdict.passed ? t.passed : t.failed}, ${localTime(verdict.ts * 1000, now.value)}`}
      </span>
      {isNews && <code class="told">{detailText(factsOf(verdict.told))}</code>}
    </>
  );
}

function verdictOf(
  { from: state, event, guard }: ChartEdge,
  verdicts: ReadonlyMap<string, Verdict>,
): Verdict | undefined {
  return verdicts.get(guardKey({ state, event, guard: guard ?? '' }));
}

/** What an event tells of an assessment stands one level down. */
function factsOf(told: Verdict['told']): Readonly<Record<string, unknown>> {
  const { facts, ...rest } = told ?? {};
  return isRecord(facts) ? { ...rest, ...facts } : { ...told };
}
