/** Every gate between a need and an order: its value and limit, since when, and when it opens. */

import { useState } from 'preact/hooks';
import type { ExplainView, GateView } from '../../../../protocol/views.ts';
import { brief, NONE, newYorkTime, plain } from '../../format.ts';
import { boundOf } from '../../state/gate-limits.ts';
import { tradingNow } from '../../state/trading-time.ts';
import { texts, wordsFor } from '../../text/language.ts';
import { explainTexts } from '../../text/pages/explain.ts';
import { GATE_WORDS, SPACE_WORDS, UNIT_WORDS } from '../../text/words.ts';
import { Head, spanText, Table } from '../parts.tsx';
import { saidText } from '../sentence.tsx';

const GROUPS = ['admission', 'strategy', 'state', 'intent', 'guard'] as const;

export function Gates({ view }: { readonly view: ExplainView }) {
  const t = explainTexts();
  // A phone shows a dozen rows: those that matter.
  const [onlyClosed, setOnlyClosed] = useState(() => matchMedia('(width < 640px)').matches);
  const closed = view.gates.filter(({ pass }) => !pass);
  const shown = onlyClosed ? closed : view.gates;
  return (
    <>
      <div class="gates-head">
        <h3>{t.gates}</h3>
        <span class="unit">{t.count(String(closed.length), String(view.gates.length))}</span>
        <label>
          <input
            type="checkbox"
            checked={onlyClosed}
            onChange={(event) => setOnlyClosed(event.currentTarget.checked)}
          />{' '}
          {t.onlyClosed}
        </label>
      </div>
      <Table label={`${view.symbol}: ${t.gates}`} class="gates">
        <thead>
          <tr>
            <Head name={t.gate} />
            <Head name={t.state} />
            <Head number name={t.value} />
            <Head number name={t.limit} />
            <Head number name={t.since} unit={t.newYork} />
            <Head number name={t.opens} unit={t.newYork} />
          </tr>
        </thead>
        {GROUPS.map((group) => (
          <GateGroup
            key={group}
            name={t.groups[group]}
            gates={shown.filter((gate) => gate.group === group)}
          />
        ))}
      </Table>
    </>
  );
}

function GateGroup(props: { readonly name: string; readonly gates: readonly GateView[] }) {
  if (props.gates.length === 0) return null;
  return (
    <tbody>
      <tr class="group">
        <th scope="rowgroup" colSpan={6}>
          {props.name}
        </th>
      </tr>
      {props.gates.map((gate) => (
        <Gate key={gate.gate} gate={gate} />
      ))}
    </tbody>
  );
}

function Gate({ gate }: { readonly gate: GateView }) {
  const t = explainTexts();
  const unit = wordsFor(UNIT_WORDS, gate.unit) ?? gate.unit;
  return (
    <tr class={gate.pass ? '' : 'closed'} data-gate={gate.gate}>
      <th scope="row">
        {wordsFor(GATE_WORDS, gate.gate) ?? gate.gate} <code class="unit">{gate.gate}</code>
      </th>
      <td class="verdict">
        {gate.pass ? '✓' : '✕'} <span class="word">{gate.pass ? t.open : t.closed}</span>
      </td>
      <td class="number">
        {valueText(gate.value, NONE, gate.unit)}{' '}
        {gate.value !== null && <span class="unit">{unit}</span>}
      </td>
      <td class="number">
        <Limit gate={gate} unit={unit} />
      </td>
      <td class="number">
        <Since gate={gate} />
      </td>
      <td class="number">
        <Opens gate={gate} />
      </td>
    </tr>
  );
}

/** Which values open it: the limit alone would not say whether more or less is wanted. */
function Limit({ gate, unit }: { readonly gate: GateView; readonly unit: string }) {
  const t = explainTexts();
  const limit = valueText(gate.limit, texts().off);
  if (gate.limit === null && boundOf(gate) === 'none') return NONE;
  if (typeof gate.limit !== 'number') return limit;
  return (
    <>
      {t.bounds[boundOf(gate)](limit)} <span class="unit">{unit}</span>
    </>
  );
}

function Since({ gate: { since } }: { readonly gate: GateView }) {
  const t = explainTexts();
  if (since === null) return <span class="unit">{t.sinceStart}</span>;
  return (
    <>
      {newYorkTime(since).slice(11)}{' '}
      <span class="unit">{t.forSpan(spanText(tradingNow() - since))}</span>
    </>
  );
}

/** Only time opens a gate by itself; everything else has to change. */
function Opens({ gate: { pass, opens_at: opensAt } }: { readonly gate: GateView }) {
  const t = explainTexts();
  if (pass) return NONE;
  if (opensAt === null) return <span class="unit">{t.byChange}</span>;
  const time = newYorkTime(opensAt);
  const isToday = time.slice(0, 10) === newYorkTime(tradingNow()).slice(0, 10);
  return (
    <>
      {isToday ? time.slice(11) : time}{' '}
      <span class="unit">{t.inSpan(spanText(opensAt - tradingNow()))}</span>
    </>
  );
}

function valueText(value: GateView['value'], none: string, unit = ''): string {
  const t = texts();
  if (value === null) return none;
  if (typeof value === 'boolean') return value ? t.yes : t.no;
  if (typeof value !== 'number') {
    const words = wordsFor(SPACE_WORDS, value);
    return words === undefined ? saidText(value) : `${value} ${words}`;
  }
  return unit === 'USD' ? plain(value, 2) : brief(value);
}
