/** The steps of an order's story, one below the other. */

import type { OrderStoryView } from '../../../../protocol/story-view.ts';
import { now } from '../../clock.ts';
import { localTime, localZone, NONE, plain, signed } from '../../format.ts';
import { machineAddress } from '../../state/address.ts';
import { type StoryStep, storySteps } from '../../state/story-steps.ts';
import { texts, wordsFor } from '../../text/language.ts';
import { operationsTexts } from '../../text/pages/operations.ts';
import { OUTCOME_WORDS, SPACE_WORDS, STATE_WORDS } from '../../text/words.ts';
import { Head, Table } from '../parts.tsx';
import { saidText } from '../sentence.tsx';

export function StorySteps({ story }: { readonly story: OrderStoryView }) {
  const t = operationsTexts().story;
  const steps = storySteps(story);
  const began = story.intent?.ts ?? steps[0]?.ts ?? 0;
  return (
    <>
      <h3>{t.steps}</h3>
      <Table label={t.steps} class="story-steps">
        <thead>
          <tr>
            <Head name={t.time} unit={localZone(now.value)} />
            <Head number name={t.after} unit={t.ms} />
            <Head name={t.who} />
            <Head name={t.step} />
            <Head name={t.detail} />
          </tr>
        </thead>
        <tbody>
          {steps.map((step, index) => (
            // The list only ever grows at its end, and two steps may say the same.
            <Step key={index} step={step} began={began} of={story.symbol} />
          ))}
        </tbody>
      </Table>
    </>
  );
}

interface StepProps {
  readonly step: StoryStep;
  readonly began: number;
  /** Symbol of the book. */
  readonly of: string;
}

function Step({ step, began, of }: StepProps) {
  const t = operationsTexts().story;
  const machine = MACHINE_BEHIND[step.kind];
  const [who, what, detail] = toldBy(step);
  const ms = String(Math.round((step.ts * 1000) % 1000)).padStart(3, '0');
  return (
    <tr data-step={step.kind} class={`step-${step.kind}`}>
      <td class="number time">
        {localTime(step.ts * 1000, now.value)}.{ms}
      </td>
      <td class="number">{signed((step.ts - began) * 1000)}</td>
      <td>{t.actors[who]}</td>
      <td>
        {machine === undefined ? (
          what
        ) : (
          <a href={machineAddress(`${machine}:${of}`, { ts: step.ts, sequence: undefined })}>
            {what}
          </a>
        )}
      </td>
      <td>{detail}</td>
    </tr>
  );
}

/** What decided such a step: the inspector shows it as it was then. */
const MACHINE_BEHIND: Readonly<Partial<Record<StoryStep['kind'], string>>> = {
  decided: 'trading',
  machine: 'hedge',
};

type Who = 'engine' | 'machine' | 'broker';

function toldBy(step: StoryStep): readonly [who: Who, what: string, detail: string] {
  const t = operationsTexts().story;
  switch (step.kind) {
    case 'decided': {
      const { side, quantity, limit_price: limit } = step.intent;
      const order = `${texts().operations[side]} ${plain(quantity)}`;
      return ['engine', t.decided, `${order}, ${limit === null ? t.market : priceOf(limit)}`];
    }
    case 'machine': {
      const { from, to, event } = step.move;
      return ['machine', `${from} → ${to}`, `${wordsFor(STATE_WORDS, to) ?? ''} (${event})`];
    }
    case 'operation': {
      const { type, price, state_reason: reason } = step.row;
      const words = [saidText(reason), wordsFor(SPACE_WORDS, reason)].filter(Boolean).join(' ');
      const detail = price === null ? words : `${priceOf(price)}, ${words}`;
      return ['engine', texts().operations.types[type] ?? type, detail];
    }
    case 'report': {
      const { status, filled, quantity } = step.report;
      return ['broker', `${t.report} ${status}`, t.filledOf(plain(filled), plain(quantity))];
    }
    case 'fill': {
      const { quantity, price, commission, corrected, exec_id: id } = step.execution;
      const fee = commission === null ? t.untold : t.fee(plain(commission, 2));
      const note = corrected ? ` · ${t.corrected}` : '';
      return [
        'broker',
        `${t.fill} ${plain(quantity)} × ${plain(price, 2)}`,
        `${fee}${note} · ${id}`,
      ];
    }
    case 'ended':
      return ['engine', t.end, outcomeText(step.outcome)];
  }
}

/** How an order ended, in words. */
export function outcomeText(outcome: string): string {
  return wordsFor(OUTCOME_WORDS, outcome) ?? outcome;
}

function priceOf(price: number | null): string {
  return price === null ? NONE : `${plain(price, 2)} ${operationsTexts().story.usd}`;
}
