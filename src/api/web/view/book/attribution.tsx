/** Where the P&L of the day came from: the parts, which add up to it, and what they are worth. */

import type { BookView } from '../../../../protocol/views.ts';
import { plain, signed, toneOf } from '../../format.ts';
import { texts } from '../../text/language.ts';
import { Fact, Head, Table } from '../parts.tsx';

const TERMS = [
  'delta',
  'gamma',
  'theta',
  'vega',
  'vanna_volga',
  'rho',
  'dividend',
  'financing',
  'commission',
  'slippage',
  'option_spread',
  'exercise',
  'unexplained',
] as const;

/** Half a cent: what is less shows as nothing. */
const SHOWN_MIN = 0.005;

export function AttributionSection({ book }: { readonly book: BookView }) {
  const t = texts().attribution;
  const { attribution: found, attribution_reason: reason } = book;
  if (found === null) {
    return (
      <p class="unit" data-testid="attribution">
        {t.title}: {t.none} {reason}
      </p>
    );
  }
  const { since_hedge: sinceHedge } = found;
  // What never moved is left out; the four that make the book are always there.
  const terms = TERMS.filter((term, index) => index < 4 || Math.abs(found[term]) >= SHOWN_MIN);
  return (
    <details class="attribution" data-testid="attribution" open>
      <summary>{t.title}</summary>
      <Table label={t.title}>
        <thead>
          <tr>
            <Head name={t.part} />
            <Head name={t.day} unit={t.unit} number />
            <Head name={t.sinceHedge} unit={t.unit} number />
          </tr>
        </thead>
        <tbody>
          {terms.map((term) => (
            <Split key={term} name={t.terms[term]} day={found[term]} hedge={sinceHedge[term]} />
          ))}
        </tbody>
        <tfoot>
          <Split name={t.total} day={found.total} hedge={sinceHedge.total} />
        </tfoot>
      </Table>
      <dl class="risk">
        <Fact label={t.ratio} value={plain(found.realised_to_implied, 2)} />
        <Fact label={t.scalped} value={signed(found.scalped, 2)} unit={t.unit} />
        <Fact label={t.breakEven} value={plain(found.break_even_move, 2)} unit={t.breakEvenUnit} />
      </dl>
    </details>
  );
}

function Split(props: { readonly name: string; readonly day: number; readonly hedge: number }) {
  return (
    <tr>
      <th scope="row">{props.name}</th>
      <td class={`number ${toneOf(props.day)}`}>{signed(props.day, 2)}</td>
      <td class={`number ${toneOf(props.hedge)}`}>{signed(props.hedge, 2)}</td>
    </tr>
  );
}
