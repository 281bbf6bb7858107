/** The board of the shadows: what other gates and policies made of the same quotes. */

import type { ShadowRowView } from '../../../../protocol/shadow-view.ts';
import { plain, signed, toneOf } from '../../format.ts';
import { call } from '../../state/http.ts';
import { statisticsTexts } from '../../text/pages/statistics.ts';
import { Head, Table } from '../parts.tsx';
import { useReading } from '../use-reading.ts';

const REREAD_MS = 30_000;
const LIVE = 'live';

/** Nothing where no book has shadows. */
export function Shadows({ days }: { readonly days: number }) {
  const t = statisticsTexts();
  const asked = useReading(`shadows ${days}`, () => call('shadows', { days }), REREAD_MS);
  const rows = asked.value?.rows ?? [];
  if (rows.length === 0) return null;
  return (
    <div class="shadows" data-testid="shadows">
      <h3>{t.shadows}</h3>
      <p class="unit">{t.shadowsSay}</p>
      <Table label={t.shadows} class="statistics-table">
        <thead>
          <tr>
            <Head name={t.shadow} />
            <Head number name={t.hedgeError} unit={t.sharesUnit} />
            <Head number name={t.largest} unit={t.sharesUnit} />
            <Head number name={t.hedges} />
            <Head number name={t.shares} />
            <Head number name={t.cost} unit={t.usd} />
            <Head number name={t.pnl} unit={t.usd} />
            <Head number name={t.gammaShort} unit={t.usd} />
            <Head number name={t.thetaShort} unit={t.usd} />
            <Head number name={t.vegaShort} unit={t.usd} />
            <Head number name={t.deltaShort} unit={t.usd} />
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={`${row.symbol} ${row.account} ${row.shadow}`} row={row} />
          ))}
        </tbody>
      </Table>
    </div>
  );
}

function Row({ row }: { readonly row: ShadowRowView }) {
  const t = statisticsTexts();
  const { attribution: split } = row;
  const usd = (value: number) => <td class={`number ${toneOf(value)}`}>{signed(value, 2)}</td>;
  return (
    <tr class={row.shadow === LIVE ? 'live' : ''}>
      <th scope="row">
        {row.symbol} {row.shadow === LIVE ? <strong>{t.liveBook}</strong> : row.shadow}{' '}
        <span class="unit">{row.trading_state}</span>
      </th>
      <td class="number">{plain(row.hedge_error, 1)}</td>
      <td class="number">{plain(row.error_most, 1)}</td>
      <td class="number">{plain(row.hedges)}</td>
      <td class="number">{plain(row.shares)}</td>
      <td class="number">{plain(row.cost, 2)}</td>
      {usd(split.total)}
      {usd(split.gamma)}
      {usd(split.theta)}
      {usd(split.vega)}
      {usd(split.delta)}
    </tr>
  );
}
