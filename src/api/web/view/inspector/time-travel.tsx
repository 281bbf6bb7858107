/** The way back: a slider over the recorded steps, one step at a time, or any time by its clock. */

import { useEffect } from 'preact/hooks';
import type { TracedTransition } from '../../../../protocol/views.ts';
import { now, serverOffset } from '../../clock.ts';
import { localTime } from '../../format.ts';
import { followMoment, moment, momentOf, travelTo } from '../../state/past.ts';
import { inspectionTexts } from '../../text/pages/inspector.ts';

interface TravelProps {
  readonly id: string;
  /** Newest first. */
  readonly past: readonly TracedTransition[];
}

export function TimeTravel({ id, past }: TravelProps) {
  const t = inspectionTexts();
  const isActor = id.startsWith('actor:');
  useEffect(() => (isActor ? undefined : followMoment()), [isActor]);
  const steps = past.toReversed();
  const shown = moment.value;
  const last = steps.length;
  const place = shown === null ? last : placeIn(steps, shown.ts, shown.sequence);
  const go = (index: number): void => {
    const step = steps[index];
    travelTo(step === undefined ? null : momentOf(step));
  };
  const step = steps[place];
  const says = step === undefined ? t.now : t.at(timeOf(step.ts), step.event);
  return (
    <fieldset class="travel" aria-label={t.travel}>
      <button type="button" aria-label={t.back} disabled={place <= 0} onClick={() => go(place - 1)}>
        ◀
      </button>
      <input
        type="range"
        min={0}
        max={last}
        value={place}
        aria-label={t.scrub}
        aria-valuetext={says}
        data-testid="scrubber"
        onInput={({ currentTarget }) => go(Number(currentTarget.value))}
      />
      <button
        type="button"
        aria-label={t.forward}
        disabled={place >= last}
        onClick={() => go(place + 1)}
      >
        ▶
      </button>
      {isActor ? <span class="unit">{t.noJournal}</span> : <TimeField id={id} />}
    </fieldset>
  );
}

function TimeField({ id }: { readonly id: string }) {
  const t = inspectionTexts();
  return (
    <label class="unit">
      {t.go}{' '}
      <input
        type="datetime-local"
        step={1}
        onChange={({ currentTarget: { value } }) => {
          const chosen = Date.parse(value);
          if (Number.isNaN(chosen)) return;
          const ts = (chosen + serverOffset.value) / 1000;
          travelTo({ ts, machine: id, sequence: undefined, step: null });
        }}
      />
    </label>
  );
}

/** The newest step that is not after the moment; before all of them the first. */
function placeIn(
  steps: readonly TracedTransition[],
  ts: number,
  sequence: number | undefined,
): number {
  const exact = steps.findLastIndex((step) => step.ts === ts && step.sequence === sequence);
  if (exact >= 0) return exact;
  return Math.max(
    0,
    steps.findLastIndex((step) => step.ts <= ts),
  );
}

function timeOf(ts: number): string {
  return localTime(ts * 1000, now.peek());
}
