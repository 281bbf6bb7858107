/** The state machines as they run: which there are, how one is drawn, what it is in and did. */

import { useState } from 'preact/hooks';
import type { MachineSummary, MachineView } from '../../../../protocol/views.ts';
import { activePaths, shortState, stateValueOf, takenArrows } from '../../chart-paths.ts';
import { now, serverOffset } from '../../clock.ts';
import { localTime } from '../../format.ts';
import { machineAddress } from '../../state/address.ts';
import { coverageOf } from '../../state/coverage.ts';
import { call } from '../../state/http.ts';
import { type Inspected, inspected } from '../../state/inspected.ts';
import { machines } from '../../state/live.ts';
import { moment, replayed, travelTo } from '../../state/past.ts';
import { texts, wordsFor } from '../../text/language.ts';
import { inspectionTexts } from '../../text/pages/inspector.ts';
import { STATE_WORDS } from '../../text/words.ts';
import { Age, spanText } from '../parts.tsx';
import { Said } from '../sentence.tsx';
import { useReading } from '../use-reading.ts';
import { StateChart } from './chart.tsx';
import { CoverageTable } from './coverage.tsx';
import { MachineDetail } from './machine-detail.tsx';
import { Messages } from './messages.tsx';
import { SaveLinks } from './save-links.tsx';
import { TimeTravel } from './time-travel.tsx';
import { Timeline } from './timeline.tsx';
import { Tour } from './tour.tsx';

const COVERAGE_MS = 10_000;

export function InspectorPage({ id }: { readonly id: string | null }) {
  const t = texts().inspector;
  const shown = inspected.value;
  return (
    <>
      <MachineList chosen={id} />
      {id === null || shown === null ? (
        <div class="inspector-start">
          <p>{t.choose}</p>
          <Tour />
          <Messages />
        </div>
      ) : (
        <Machine key={shown.id} shown={shown} />
      )}
    </>
  );
}

function MachineList({ chosen }: { readonly chosen: string | null }) {
  const t = texts().inspector;
  const all = machines.value?.value ?? [];
  const isActor = ({ machine }: MachineSummary) => machine === 'actor';
  return (
    <nav class="machine-list" aria-label={t.all}>
      <ul>
        {all
          .filter((machine) => !isActor(machine))
          .map((machine) => (
            <MachineLink key={machine.id} machine={machine} chosen={chosen} />
          ))}
      </ul>
      <h2>{t.actors}</h2>
      <ul>
        {all.filter(isActor).map((machine) => (
          <MachineLink key={machine.id} machine={machine} chosen={chosen} />
        ))}
      </ul>
    </nav>
  );
}

function MachineLink(props: { readonly machine: MachineSummary; readonly chosen: string | null }) {
  const { id, label } = props.machine;
  // Who looks at a moment wants to see what the others were doing then.
  const then = moment.value ?? undefined;
  return (
    <li>
      <a href={machineAddress(id, then)} aria-current={id === props.chosen ? 'page' : undefined}>
        {id.replace(/^actor:/, '')} <code>{label}</code>
      </a>
    </li>
  );
}

function Machine({ shown }: { readonly shown: Inspected }) {
  const t = texts().inspector;
  const [chosen, setChosen] = useState<string | null>(null);
  const [warm, setWarm] = useState(false);
  const { id, chart, machine, past, problem } = shown;
  const asked = useReading(
    warm ? `coverage ${id}` : '',
    // Nobody is asked before somebody wants to see it.
    async () => (warm ? call('coverage', { id }) : { kind: 'unreachable' as const }),
    warm ? COVERAGE_MS : 0,
  );
  if (problem !== null) {
    return (
      <p class="empty" role="alert">
        {t.unknown}: <Said text={problem} />
      </p>
    );
  }
  if (chart === null || machine === null) return <p class="empty">{t.reading}</p>;
  const then = moment.value;
  const { value, label } = stateAt(machine.value);
  const latest = past.find(({ from, to }) => from !== to) ?? past[0] ?? null;
  const step = then === null ? latest : then.step;
  const active = activePaths(value);
  const heat = warm && asked.value !== null ? coverageOf(chart.edges, asked.value.moves) : null;
  return (
    <>
      <section class="chart-pane" aria-labelledby="machine-title">
        <div class="section-head">
          <h2 id="machine-title">
            {id} <code data-testid="machine-state">{label}</code>{' '}
            <span class="unit">{wordsFor(STATE_WORDS, label)}</span>
          </h2>
          {then === null ? <Age at={machine.at} of={id} /> : null}
        </div>
        <Moment since={machine.value.since} />
        <TimeTravel id={id} past={past} />
        <div class="scroll">
          <StateChart
            layout={chart.layout}
            label={t.chart(id, label)}
            active={active}
            taken={takenArrows(step)}
            step={step === null ? '' : `${step.ts} ${step.sequence ?? ''}`}
            chosen={chosen}
            heat={heat}
            onChoose={(path) => setChosen(path === chosen ? null : path)}
          />
        </div>
        <SaveLinks id={id} />
        <label>
          <input
            type="checkbox"
            checked={warm}
            onChange={({ currentTarget }) => setWarm(currentTarget.checked)}
          />{' '}
          {inspectionTexts().heat}
        </label>
        {heat !== null && <CoverageTable coverage={heat} toured={asked.value?.toured === true} />}
      </section>
      <MachineDetail shown={shown} active={active} chosen={chosen} onChoose={setChosen} />
      <Timeline past={past} />
    </>
  );
}

/** Where it is, or was at the moment that is looked at; of any other time the replay tells. */
function stateAt(machine: MachineView): { readonly value: unknown; readonly label: string } {
  const then = moment.value;
  if (then === null) return { value: machine.value, label: machine.label };
  if (then.step !== null) {
    return { value: stateValueOf(then.step.to), label: shortState(then.step.to, '') };
  }
  const { value = '', label = '…' } = replayed.value?.view ?? {};
  return { value, label };
}

/** Whether this is now, or a moment that is past. */
function Moment({ since }: { readonly since: number }) {
  const t = texts().inspector;
  const then = moment.value;
  if (then === null) {
    return (
      <p class="moment">
        <strong>{t.now}</strong>
        {since > 0 && (
          <>
            {' · '}
            {t.since} {spanText(now.value - (since * 1000 - serverOffset.value))}
          </>
        )}
      </p>
    );
  }
  return (
    <p class="moment moment-past" role="status">
      <strong>{t.asItWas(localTime(then.ts * 1000, now.value))}</strong>{' '}
      <button type="button" class="link" onClick={() => travelTo(null)}>
        {t.backToNow}
      </button>
    </p>
  );
}
