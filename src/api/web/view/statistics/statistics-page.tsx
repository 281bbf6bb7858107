/** Sums of the history: P&L and where it came from, hedges, what was held back, time in states. */

import { useState } from 'preact/hooks';
import type { StatisticsView } from '../../../../protocol/statistics-view.ts';
import { brief, isoDay, plain, signed, toneOf } from '../../format.ts';
import { call } from '../../state/http.ts';
import { statisticsTexts } from '../../text/pages/statistics.ts';
import { Choice } from '../choice.tsx';
import { Age, Fact } from '../parts.tsx';
import { useReading } from '../use-reading.ts';
import { Attribution, Blocks, Books, Distribution, States } from './parts-of-it.tsx';
import { Periods } from './periods.tsx';
import { Shadows } from './shadows.tsx';
import './statistics.css';
import { problemText } from '../sentence.tsx';

const SPANS = { d7: 7, d30: 30, d90: 90, y1: 365 } as const;
type Span = keyof typeof SPANS;
const SPAN_NAMES = Object.keys(SPANS) as readonly Span[];
/** A sum takes the database a while, and days change slowly. */
const REREAD_MS = 30_000;

export function StatisticsPage() {
  const t = statisticsTexts();
  const [span, setSpan] = useState<Span>('d30');
  const asked = useReading(span, () => call('stats', { days: SPANS[span] }), REREAD_MS);
  return (
    <section class="section statistics" aria-labelledby="statistics-title">
      <div class="section-head">
        <h2 id="statistics-title">{t.title}</h2>
        <Choice
          group="statistics-span"
          label={t.days}
          names={SPAN_NAMES}
          texts={t.spans}
          chosen={span}
          onChoose={setSpan}
        />
        <Age at={asked.at} of={t.title} />
      </div>
      {asked.problem !== null && <p class="loss">{problemText(asked.problem, t.failed)}</p>}
      {asked.value === null ? (
        asked.problem === null && (
          <p class="empty" role="status">
            {t.reading}
          </p>
        )
      ) : (
        <Sums view={asked.value} />
      )}
      <Shadows days={SPANS[span]} />
    </section>
  );
}

function Sums({ view }: { readonly view: StatisticsView }) {
  const t = statisticsTexts();
  const { from_day: from, until_day: until } = view;
  if (from === null || until === null) return <p class="empty">{t.none}</p>;
  return (
    <>
      <p class="unit">
        {t.range(isoDay(from), isoDay(until))}. {t.signs}
      </p>
      <Totals view={view} />
      <Periods view={view} />
      <div class="statistics-columns">
        <Attribution view={view} />
        <Distribution view={view} />
        <Books view={view} />
        <Blocks view={view} />
      </div>
      <States view={view} />
    </>
  );
}

function Totals({ view }: { readonly view: StatisticsView }) {
  const t = statisticsTexts();
  const { totals, hedge_wins: hedges, day_wins: days } = view;
  const won = ({ wins, losses, even, rate }: typeof hedges) => ({
    value: rate === null ? '–' : `${brief(100 * rate, 1)} %`,
    unit: t.of(plain(wins), plain(wins + losses + even)),
  });
  return (
    <dl class="risk" data-testid="totals">
      <Fact label={t.pnl} value={signed(totals.pnl, 2)} unit={t.usd} tone={toneOf(totals.pnl)} />
      <Fact label={t.hedges} value={plain(totals.hedges)} />
      <Fact label={t.hedgeWins} {...won(hedges)} />
      <Fact label={t.dayWins} {...won(days)} />
      <Fact label={t.shares} value={plain(totals.shares)} />
      <Fact label={t.commission} value={plain(totals.commission, 2)} unit={t.usd} />
      <Fact label={t.slippage} value={plain(totals.slippage, 2)} unit={t.usd} />
    </dl>
  );
}
