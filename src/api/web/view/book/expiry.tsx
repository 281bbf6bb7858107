/** The next expiry of a book, from a week before: what ends how, and which shares come of it. */

import type { BookView } from '../../../../protocol/views.ts';
import { brief, isoDay, signed } from '../../format.ts';
import { type ExpiringLeg, expiryOutlook } from '../../state/expiry-outlook.ts';
import { texts } from '../../text/language.ts';
import { expiryTexts } from '../../text/pages/expiry.ts';
import { Fact, Head, Table } from '../parts.tsx';

export function Expiry({ book }: { readonly book: BookView }) {
  const outlook = expiryOutlook(book);
  if (outlook === null) return null;
  const t = expiryTexts();
  const { expiry, days, legs, owned, least, most } = outlook;
  const day = isoDay(expiry);
  const after = least === most ? signed(least) : `${signed(least)} … ${signed(most)}`;
  return (
    <section class="section" aria-labelledby="expiry-title">
      <div class="section-head">
        <h2 id="expiry-title">{t.title}</h2>
        <span class="unit">{days === 0 ? t.today(day) : t.on(day, String(days))}</span>
      </div>
      <Table label={`${book.symbol}: ${t.title}`}>
        <thead>
          <tr>
            <Head name={t.leg} />
            <Head number name={t.distance} unit="%" />
            <Head name={t.ending} />
            <Head number name={t.shares} unit={t.unit} />
          </tr>
        </thead>
        <tbody>
          {legs.map((one) => (
            <Row key={one.leg.con_id} one={one} />
          ))}
        </tbody>
      </Table>
      <dl class="risk">
        <Fact label={t.owned} value={signed(owned)} unit={t.unit} />
        <Fact label={t.after} value={after} unit={t.unit} />
      </dl>
      <p class="unit">{t.says}</p>
    </section>
  );
}

function Row({ one }: { readonly one: ExpiringLeg }) {
  const { leg, distancePct, ends, shares } = one;
  const names = texts().legs;
  return (
    <tr class={ends === 'either' ? 'doubtful' : ''}>
      <th scope="row">
        {signed(leg.quantity)} {brief(leg.strike)} {leg.right === 'C' ? names.call : names.put}
      </th>
      <td class="number">{signed(distancePct, 2)}</td>
      <td>{expiryTexts().ends[ends]}</td>
      <td class="number">{signed(shares)}</td>
    </tr>
  );
}
