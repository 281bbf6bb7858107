/** Why the book does not hedge more: one sentence, the closed gates, and on demand all of them. */

import { useEffect, useState } from 'preact/hooks';
import type { BookView, ExplainView, GateView } from '../../../protocol/views.ts';
import { after } from '../clock.ts';
import { brief, NONE, newYorkTime, plain, signed } from '../format.ts';
import { call } from '../state/http.ts';
import { texts, wordsFor } from '../text/language.ts';
import { GATE_WORDS, REASON_WORDS, UNIT_WORDS } from '../text/words.ts';
import { Head, Table } from './parts.tsx';

/** The gates are read again this often while they are looked at. */
const REREAD_MS = 1000;
const GROUPS = ['admission', 'strategy', 'state', 'intent', 'guard'] as const;

export function Why({ book }: { readonly book: BookView }) {
  const t = texts().why;
  const [open, setOpen] = useState(false);
  return (
    <div class="why">
      <h3>{t.title}</h3>
      <p class="why-says" lang="en" data-testid="why">
        {book.why}
      </p>
      <ul class="reasons" aria-label={t.reasons}>
        {book.block_reasons.length === 0 && <li class="unit">{t.noReasons}</li>}
        {book.block_reasons.map((reason) => (
          <li key={reason}>
            <code>{reason}</code> {wordsFor(REASON_WORDS, reason)}
          </li>
        ))}
      </ul>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{t.explain}</summary>
        {open && <Gates symbol={book.symbol} />}
      </details>
    </div>
  );
}

function Gates({ symbol }: { readonly symbol: string }) {
  const t = texts().why;
  const view = useExplain(symbol);
  const [onlyClosed, setOnlyClosed] = useState(false);
  if (view === null) return <p class="empty">{t.reading}</p>;
  if (view === 'failed') return <p class="empty">{t.failed}</p>;
  const shown = view.gates.filter((gate) => !onlyClosed || !gate.pass);
  return (
    <>
      <p class="would-be">
        <span class="unit">{t.order}:</span> {orderText(view)}
        <label>
          <input
            type="checkbox"
            checked={onlyClosed}
            onChange={(event) => setOnlyClosed(event.currentTarget.checked)}
          />{' '}
          {t.onlyClosed}
        </label>
      </p>
      <Table label={`${symbol}: ${t.explain}`} class="gates">
        <thead>
          <tr>
            <Head name={t.gate} />
            <Head name={t.state} />
            <Head number name={t.value} />
            <Head number name={t.limit} />
            <Head number name={t.opens} />
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
        <th scope="rowgroup" colSpan={5}>
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
  const t = texts();
  const unit = wordsFor(UNIT_WORDS, gate.unit) ?? gate.unit;
  return (
    <tr class={gate.pass ? '' : 'closed'}>
      <th scope="row">
        {wordsFor(GATE_WORDS, gate.gate) ?? gate.gate}
        <code class="unit">{gate.gate}</code>
      </th>
      <td class="verdict">{gate.pass ? `✓ ${t.why.open}` : `✕ ${t.why.closed}`}</td>
      <td class="number">
        {valueText(gate.value, NONE)} {gate.value !== null && <span class="unit">{unit}</span>}
      </td>
      <td class="number">{valueText(gate.limit, t.off)}</td>
      <td class="number">{gate.opens_at === null ? NONE : newYorkTime(gate.opens_at)}</td>
    </tr>
  );
}

function valueText(value: GateView['value'], none: string): string {
  const t = texts();
  if (value === null) return none;
  if (typeof value === 'boolean') return value ? t.yes : t.no;
  return typeof value === 'number' ? brief(value) : value;
}

function orderText({ would_be_order: order }: ExplainView): string {
  const t = texts();
  if (order === null) return t.why.noOrder;
  const price = order.limit_price === null ? t.why.marketPrice : plain(order.limit_price, 2);
  const side = t.operations[order.side];
  return t.why.orderIs(side, plain(order.quantity), price, signed(order.target_shares));
}

/** The explanation, kept current while it is shown. */
function useExplain(symbol: string): ExplainView | null | 'failed' {
  const [view, setView] = useState<ExplainView | null | 'failed'>(null);
  useEffect(() => {
    let cancel: () => void = () => undefined;
    let gone = false;
    const read = async () => {
      const answer = await call('explain', { symbol });
      if (gone) return;
      setView(answer.kind === 'ok' ? answer.body : 'failed');
      cancel = after(REREAD_MS, () => void read());
    };
    void read();
    return () => {
      gone = true;
      cancel();
    };
  }, [symbol]);
  return view;
}
