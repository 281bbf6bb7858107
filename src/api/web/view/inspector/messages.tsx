/** Messages between actors as they pass: a sequence diagram, and the same as a table. */

import { useEffect, useState } from 'preact/hooks';
import type { MessageView } from '../../../../protocol/message-view.ts';
import { after, now } from '../../clock.ts';
import { localTime, plain } from '../../format.ts';
import { call } from '../../state/http.ts';
import { link } from '../../state/live.ts';
import { KERNEL, sequenceOf } from '../../state/sequence.ts';
import { inspectionTexts } from '../../text/pages/inspector.ts';
import { Head, Table } from '../parts.tsx';
import { saidText } from '../sentence.tsx';

const ASK_MS = 1000;
const KEPT_MAX = 400;
/** Of these that fit the filter, so many are drawn. */
const DRAWN_MAX = 30;

export function Messages() {
  const t = inspectionTexts();
  const [paused, setPaused] = useState(false);
  const [filter, setFilter] = useState('');
  const { messages, missed, problem } = useMessages(paused);
  const wanted = filter.trim().toLowerCase();
  const fits = ({ from, to, type }: MessageView): boolean =>
    `${from ?? KERNEL} ${to} ${type}`.toLowerCase().includes(wanted);
  // As they were sent: threads tell what they took a moment later, each in its turn.
  const shown = messages
    .filter(fits)
    .toSorted((a, b) => a.ts - b.ts)
    .slice(-DRAWN_MAX);
  return (
    <section class="messages" aria-labelledby="messages-title">
      <div class="section-head">
        <h2 id="messages-title">{t.messages}</h2>
        <div class="timeline-tools">
          <input
            type="search"
            placeholder={t.messagesFilter}
            aria-label={t.messagesFilter}
            value={filter}
            onInput={({ currentTarget }) => setFilter(currentTarget.value)}
          />
          <button type="button" aria-pressed={paused} onClick={() => setPaused(!paused)}>
            {paused ? t.follow : t.pause}
          </button>
        </div>
      </div>
      {missed > 0 && <p class="unit">{t.missed(plain(missed))}</p>}
      {problem !== null && <p class="loss">{saidText(problem)}</p>}
      {shown.length === 0 ? (
        <p class="empty">{t.noMessages}</p>
      ) : (
        <>
          <Diagram messages={shown} />
          <details>
            <summary>{t.asTable}</summary>
            <MessageTable messages={shown} />
          </details>
        </>
      )}
    </section>
  );
}

function useMessages(paused: boolean) {
  const [messages, setMessages] = useState<readonly MessageView[]>([]);
  const [missed, setMissed] = useState(0);
  const [problem, setProblem] = useState<string | null>(null);
  const connected = link.value === 'live';
  useEffect(() => {
    if (paused || !connected) return;
    let gone = false;
    let cancel: () => void = () => undefined;
    let last = 0;
    const read = async (): Promise<void> => {
      const answer = await call('messages', { after: last, limit: KEPT_MAX });
      if (gone) return;
      setProblem(answer.kind === 'refused' ? answer.message : null);
      if (answer.kind === 'ok') {
        const { body } = answer;
        last = body.last_id;
        setMissed((before) => before + body.missed);
        setMessages((before) => newest(before, body.messages));
      }
      cancel = after(ASK_MS, () => void read());
    };
    void read();
    return () => {
      gone = true;
      cancel();
    };
  }, [paused, connected]);
  return { messages, missed, problem };
}

/** Those of two answers may overlap after a pause. */
function newest(
  before: readonly MessageView[],
  more: readonly MessageView[],
): readonly MessageView[] {
  const known = new Set(before.map(({ id }) => id));
  return [...before, ...more.filter(({ id }) => !known.has(id))].slice(-KEPT_MAX);
}

function Diagram({ messages }: { readonly messages: readonly MessageView[] }) {
  const t = inspectionTexts();
  const { lifelines, arrows, width, height } = sequenceOf(messages);
  const label = t.diagram(plain(messages.length));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for inputs; a region, a landmark
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <div class="scroll" role="group" aria-label={t.messages} tabIndex={0}>
      <svg
        class="sequence"
        role="img"
        aria-label={label}
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        data-testid="sequence"
      >
        <defs>
          <marker
            id="tip-message"
            class="tip"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0 0.8 L7.4 4 L0 7.2 z" />
          </marker>
        </defs>
        {lifelines.map(({ id, x }) => (
          <g key={id}>
            <line class="lifeline" x1={x} y1={30} x2={x} y2={height} />
            <text class="lifeline-name" x={x} y={18} text-anchor="middle">
              {id}
            </text>
          </g>
        ))}
        {arrows.map(({ message, from, to, y }) => (
          <g key={message.id} class={`message message-${message.kind}`}>
            <path d={wayOf(from, to, y)} marker-end="url(#tip-message)" />
            <text x={from === to ? from + 28 : (from + to) / 2} y={y - 4} text-anchor="middle">
              {message.type}
            </text>
          </g>
        ))}
      </svg>
    </div>
  );
}

/** To oneself it goes out and back. */
function wayOf(from: number, to: number, y: number): string {
  if (from === to) return `M${from} ${y - 6} h20 v8 h-18`;
  return `M${from} ${y} H${to > from ? to - 1 : to + 1}`;
}

function MessageTable({ messages }: { readonly messages: readonly MessageView[] }) {
  const t = inspectionTexts();
  return (
    <Table label={t.messages} class="steps">
      <thead>
        <tr>
          <Head name={t.time} />
          <Head name={t.from} />
          <Head name={t.to} />
          <Head name={t.type} />
          <Head number name={t.waited} />
          <Head number name={t.took} />
        </tr>
      </thead>
      <tbody>
        {messages.toReversed().map((message) => (
          <tr key={message.id}>
            <td class="number">{localTime(message.ts * 1000, now.value)}</td>
            <td>{message.from ?? t.kernel}</td>
            <td>{message.to}</td>
            <th scope="row">{message.type}</th>
            <td class="number">{plain(message.waited_ms, 2)}</td>
            <td class="number">{plain(message.took_ms, 2)}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
