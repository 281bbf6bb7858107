/** Backtests that were kept: a list, one in full, and two side by side. The address names them. */

import type { BacktestSummary } from '../../../../protocol/backtest-view.ts';
import { now } from '../../clock.ts';
import { isoDay, localTime, plain, signed, toneOf } from '../../format.ts';
import { addressOf } from '../../state/address.ts';
import { call } from '../../state/http.ts';
import { backtestsTexts } from '../../text/pages/backtests.ts';
import type { PageProps } from '../page-props.ts';
import { Head, Section, Table } from '../parts.tsx';
import { useReading } from '../use-reading.ts';
import { Runs } from './runs.tsx';
import './backtests.css';
import { problemText } from '../sentence.tsx';

const EXAMPLE = 'npx bifrost backtest --data DATA --symbol SPY --open straddle:10';
const REREAD_MS = 5000;
/** Side by side there is room for two. */
const CHOSEN_MAX = 2;

export function BacktestsPage({ rest }: PageProps) {
  const t = backtestsTexts();
  const asked = useReading('backtests', () => call('backtests', {}), REREAD_MS);
  const view = asked.value;
  const known = view?.runs.map(({ id }) => id) ?? [];
  const chosen = rest.filter((id) => known.includes(id)).slice(0, CHOSEN_MAX);
  return (
    <>
      <Section id="backtests" title={t.title} at={asked.at}>
        {asked.problem !== null && <p class="loss">{problemText(asked.problem, t.failed)}</p>}
        {view === null && asked.problem === null && <p class="empty">{t.reading}</p>}
        {view?.runs.length === 0 && (
          <p class="empty">
            {t.none}
            <br />
            <code>{EXAMPLE}</code>
          </p>
        )}
        {view !== null && view.runs.length > 0 && <List runs={view.runs} chosen={chosen} />}
        {view !== null && view.unreadable.length > 0 && (
          <p class="unit">{t.unreadable(view.unreadable.join(', '))}</p>
        )}
      </Section>
      {chosen.length > 0 && <Runs key={chosen.join()} ids={chosen} />}
    </>
  );
}

interface ListProps {
  readonly runs: readonly BacktestSummary[];
  readonly chosen: readonly string[];
}

function List({ runs, chosen }: ListProps) {
  const t = backtestsTexts();
  return (
    <>
      <p class="unit">
        {t.compareHint} {t.signs}
      </p>
      <Table label={t.title} class="backtests">
        <thead>
          <tr>
            <Head name={t.compare} />
            <Head name={t.run} />
            <Head name={t.days} />
            <Head number name={t.pnl} unit={t.usd} />
            <Head number name={t.costs} unit={t.usd} />
            <Head number name={t.drawdown} unit={t.usd} />
            <Head number name={t.hedges} />
            <Head number name={t.sharpe} />
            <Head name={t.report} />
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <Run key={run.id} run={run} chosen={chosen} />
          ))}
        </tbody>
      </Table>
    </>
  );
}

function Run({
  run,
  chosen,
}: {
  readonly run: BacktestSummary;
  readonly chosen: readonly string[];
}) {
  const t = backtestsTexts();
  const { id, symbol, totals } = run;
  const isChosen = chosen.includes(id);
  const next = isChosen ? chosen.filter((one) => one !== id) : [...chosen, id].slice(-CHOSEN_MAX);
  const costs = totals.commissions + totals.slippage + totals.option_spread;
  return (
    <tr class={isChosen ? 'chosen' : ''} data-run={id}>
      <td>
        <input
          type="checkbox"
          checked={isChosen}
          aria-label={t.chosen(id)}
          onChange={() => {
            location.hash = addressOf('backtests', next);
          }}
        />
      </td>
      <th scope="row">
        <a href={addressOf('backtests', [id])}>{symbol}</a>
        <span class="unit">{localTime(run.kept_at * 1000, now.value)}</span>
      </th>
      <td>
        <Days days={run.days} />
      </td>
      <td class={`number ${toneOf(totals.pnl)}`}>{signed(totals.pnl, 2)}</td>
      <td class="number">{plain(costs, 2)}</td>
      <td class="number">{plain(totals.max_drawdown, 2)}</td>
      <td class="number">{plain(totals.hedges)}</td>
      <td class="number">{plain(totals.sharpe, 2)}</td>
      <td>
        <a
          href={`/backtests/${id}/report`}
          target="_blank"
          rel="noopener"
          aria-label={t.openReport(id)}
        >
          {t.open}
        </a>
      </td>
    </tr>
  );
}

/** A line breaks between two days, and not within one. */
function Days({ days }: { readonly days: readonly string[] }) {
  const [first = '', last = first] = [days[0], days.at(-1)];
  if (first === last) return <span class="day">{isoDay(first)}</span>;
  return (
    <>
      <span class="day">{isoDay(first)} –</span> <span class="day">{isoDay(last)}</span>
    </>
  );
}
