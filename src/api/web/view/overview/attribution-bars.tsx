/** Where the P&L of the day came from, at one glance: bars to the left lost, to the right gained. */

import type { AttributionView } from '../../../../protocol/attribution-view.ts';
import type { BookView } from '../../../../protocol/views.ts';
import { signed, toneOf } from '../../format.ts';
import { texts } from '../../text/language.ts';
import { Said } from '../sentence.tsx';

const PARTS = ['delta', 'gamma', 'theta', 'vega', 'other', 'costs', 'unexplained'] as const;
type Part = (typeof PARTS)[number];

export function AttributionBars({ book }: { readonly book: BookView }) {
  const t = texts().attribution;
  const { attribution: found, attribution_reason: reason } = book;
  if (found === null) {
    return (
      <p class="unit" data-testid="attribution">
        {t.title}: {t.none} <Said text={reason ?? ''} />
      </p>
    );
  }
  const amounts = PARTS.map((part) => amountOf(found, part));
  // Zero lies where the largest loss leaves it.
  const least = Math.min(0, ...amounts);
  const reach = Math.max(0, ...amounts) - least || 1;
  const zero = (-least / reach) * 100;
  return (
    <table class="bars" data-testid="attribution">
      <caption>
        {t.title} <span class="unit">{t.unit}</span>
      </caption>
      <tbody>
        {PARTS.map((part, index) => {
          const amount = amounts[index] ?? 0;
          const width = (Math.abs(amount) / reach) * 100;
          return (
            <tr key={part}>
              <th scope="row">{t.short[part]}</th>
              <td class="bar-cell" aria-hidden="true">
                <Bar zero={zero} from={amount < 0 ? zero - width : zero} width={width} />
              </td>
              <td class={`number ${toneOf(amount)}`}>{signed(amount, 2)}</td>
            </tr>
          );
        })}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{t.total}</th>
          <td />
          <td class={`number ${toneOf(found.total)}`}>{signed(found.total, 2)}</td>
        </tr>
      </tfoot>
    </table>
  );
}

interface BarProps {
  readonly zero: number;
  readonly from: number;
  readonly width: number;
}

function Bar({ zero, from, width }: BarProps) {
  const kind = from < zero ? 'bar-lost' : 'bar-won';
  return (
    <svg width="100%" height="12" aria-hidden="true">
      <rect class={kind} x={`${from}%`} width={`${width}%`} y="1" height="10" />
      <line class="bar-zero" x1={`${zero}%`} x2={`${zero}%`} y1="0" y2="12" />
    </svg>
  );
}

function amountOf(found: AttributionView, part: Part): number {
  if (part !== 'other') return found[part];
  return found.vanna_volga + found.rho + found.dividend + found.financing + found.exercise;
}
