/** P&L by day, week or month, as a chart where there are several, and always as a table. */

import { useState } from 'preact/hooks';
import type { PeriodView, StatisticsView } from '../../../../protocol/statistics-view.ts';
import { isoDay, plain, signed, toneOf } from '../../format.ts';
import { statisticsTexts } from '../../text/pages/statistics.ts';
import { Bar } from '../bar-row.tsx';
import { Plot } from '../book/plot.tsx';
import { Choice } from '../choice.tsx';
import { Head, Table } from '../parts.tsx';

const KINDS = ['day', 'week', 'month'] as const;
type Kind = (typeof KINDS)[number];

export function Periods({ view }: { readonly view: StatisticsView }) {
  const t = statisticsTexts();
  const [kind, setKind] = useState<Kind>('day');
  const rows = { day: view.per_day, week: view.per_week, month: view.per_month }[kind];
  return (
    <div class="periods">
      <div class="section-head">
        <h3>{t.course}</h3>
        <Choice
          group="statistics-period"
          label={t.by}
          names={KINDS}
          texts={t}
          chosen={kind}
          onChoose={setKind}
        />
      </div>
      {view.per_day.length > 2 && kind === 'day' && <Course rows={view.per_day} />}
      <PeriodTable rows={rows} kind={kind} />
    </div>
  );
}

function Course({ rows }: { readonly rows: readonly PeriodView[] }) {
  const t = statisticsTexts();
  const sorted = rows.toSorted((a, b) => a.period.localeCompare(b.period));
  let sum = 0;
  const sums = sorted.map(({ pnl }) => {
    sum += pnl ?? 0;
    return sum;
  });
  return (
    <Plot
      label={`${t.course}: ${t.cumulative} ${signed(sum, 2)} ${t.usd}`}
      height={200}
      x={sorted.map(({ period }) => Date.parse(isoDay(period)) / 1000)}
      xLabel={t.day}
      xText={(ts) => new Date(ts * 1000).toISOString().slice(0, 10)}
      isTime
      lines={[{ label: t.cumulative, unit: t.usd, digits: 2, ink: 'accent', values: sums }]}
    />
  );
}

function PeriodTable({
  rows,
  kind,
}: {
  readonly rows: readonly PeriodView[];
  readonly kind: Kind;
}) {
  const t = statisticsTexts();
  const sorted = rows.toSorted((a, b) => b.period.localeCompare(a.period));
  const most = Math.max(0, ...rows.map(({ pnl }) => Math.abs(pnl ?? 0)));
  return (
    <Table label={t.course} class="statistics-table">
      <thead>
        <tr>
          <Head name={t[kind]} />
          <Head number name={t.pnl} unit={t.usd} />
          <td />
          <Head number name={t.hedges} />
          <Head number name={t.shares} />
          <Head number name={t.commission} unit={t.usd} />
          <Head number name={t.slippage} unit={t.usd} />
        </tr>
      </thead>
      <tbody>
        {sorted.map((row) => (
          <tr key={row.period}>
            <th scope="row">
              {periodText(row.period)}
              {row.partial && <span class="unit">{t.partial}</span>}
            </th>
            <td class={`number ${toneOf(row.pnl)}`}>{signed(row.pnl, 2)}</td>
            <td>
              <Bar value={row.pnl ?? 0} most={most} tone={toneOf(row.pnl)} />
            </td>
            <td class="number">{plain(row.hedges)}</td>
            <td class="number">{plain(row.shares)}</td>
            <td class="number">{plain(row.commission, 2)}</td>
            <td class="number">{plain(row.slippage, 2)}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

/** `202311` as `2023-11`, a day as it is told elsewhere. */
function periodText(period: string): string {
  return period.length === 6 ? `${period.slice(0, 4)}-${period.slice(4)}` : isoDay(period);
}
