/** The option legs of a book: price, volatility and greeks, each with its unit. */

import type { LegView } from '../../../../protocol/leg-view.ts';
import type { BookView, PositionView } from '../../../../protocol/views.ts';
import { brief, daysTo, isoDay, NONE, plain, signed, toneOf } from '../../format.ts';
import { status } from '../../state/live.ts';
import { texts } from '../../text/language.ts';
import { bookTexts } from '../../text/pages/book.ts';
import { Head, Table } from '../parts.tsx';

export function LegsTable({ book }: { readonly book: BookView }) {
  const t = texts().legs;
  const page = bookTexts().legs;
  if (book.legs.length === 0) return <p class="empty">{t.none}</p>;
  return (
    <Table label={`${book.symbol}: ${t.title}`} class="legs">
      <thead>
        <tr>
          <Head name={t.leg} />
          <Head number name={t.quantity} unit={t.quantityUnit} />
          <Head number name={t.bid} unit={t.price} />
          <Head number name={t.ask} unit={t.price} />
          <Head number name={t.iv} unit="%" />
          <Head name={t.quality} />
          <Head number name={page.pnl} unit={page.pnlUnit} />
          <Head number name={page.moneyness} unit={page.moneynessUnit} />
          <Head number name="Delta" unit={t.perShare} />
          <Head number name="Gamma" unit={t.gammaUnit} />
          <Head number name="Theta" unit={t.thetaUnit} />
          <Head number name="Vega" unit={t.vegaUnit} />
        </tr>
      </thead>
      <tbody>
        {book.legs.toSorted(byTerms).map((leg) => (
          <Leg key={leg.con_id} leg={leg} book={book} />
        ))}
      </tbody>
    </Table>
  );
}

/** The next to expire first, then by strike, calls before puts. */
function byTerms(a: LegView, b: LegView): number {
  const terms = a.expiry.localeCompare(b.expiry) || a.strike - b.strike;
  return terms || a.right.localeCompare(b.right);
}

function Leg({ leg, book }: { readonly leg: LegView; readonly book: BookView }) {
  const { trading_ts: tradingTs } = book;
  const held = positionOf(leg, book);
  const pnl = held?.unrealized_pnl ?? null;
  const t = texts().legs;
  const qualities: Readonly<Record<string, string>> = t.qualities;
  const reasons: Readonly<Record<string, string>> = t.reasons;
  return (
    <tr class={leg.quality === 'invalid' ? 'doubtful' : ''}>
      <th scope="row">
        {brief(leg.strike)} {leg.right === 'C' ? t.call : t.put}
        <span class="unit">
          {isoDay(leg.expiry)}
          {tradingTs !== null && ` · ${t.days(String(daysTo(leg.expiry, tradingTs)))}`}
        </span>
      </th>
      <td class="number">{signed(leg.quantity)}</td>
      <td class="number">{plain(leg.bid, 2)}</td>
      <td class="number">{plain(leg.ask, 2)}</td>
      <td class="number">{plain(leg.iv === null ? null : leg.iv * 100, 2)}</td>
      <td>
        {qualities[leg.quality] ?? leg.quality}
        {leg.vol_reason !== null && (
          <span class="unit">{reasons[leg.vol_reason] ?? leg.vol_reason}</span>
        )}
      </td>
      <td class={`number ${toneOf(pnl)}`}>{signed(pnl, 2)}</td>
      <td class="number">
        <Moneyness moneyness={held?.moneyness ?? null} />
      </td>
      <td class="number">
        {signed(leg.delta, 4)}
        {leg.delta_reason !== null && (
          <span class="unit">{t.plainDelta(reasons[leg.delta_reason] ?? leg.delta_reason)}</span>
        )}
        {leg.delta_check === 'outdated' && <span class="unit">{t.outdated}</span>}
        {leg.delta_check === 'disputed' && (
          <span class="unit doubtful">
            {t.disputed(
              signed(leg.model_delta, 4),
              signed(leg.difference_delta, 4),
              signed(leg.ib_delta, 4),
            )}
          </span>
        )}
      </td>
      <td class="number">{signed(leg.gamma, 4)}</td>
      <td class="number">{signed(leg.theta, 4)}</td>
      <td class="number">{signed(leg.vega, 4)}</td>
    </tr>
  );
}

/** The leg as its account holds it: what was paid for it is known there. */
function positionOf(leg: LegView, { symbol, account }: BookView): PositionView | undefined {
  const accounts = status.value?.value.accounts ?? [];
  const positions = accounts.find((one) => one.account_id === account)?.positions ?? [];
  return positions.find(
    (one) =>
      one.symbol === symbol &&
      one.expiry === leg.expiry &&
      one.strike === leg.strike &&
      one.right === leg.right,
  );
}

function Moneyness({ moneyness }: { readonly moneyness: number | null }) {
  if (moneyness === null) return NONE;
  const t = texts().account;
  return (
    <>
      {signed(moneyness, 2)} <span class="unit">{moneyness > 0 ? t.inMoney : t.outMoney}</span>
    </>
  );
}
