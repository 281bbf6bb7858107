/** The course of a book: spot with the fills of ours, net delta against its band, shares and P&L. */

import { useState } from 'preact/hooks';
import type uPlot from 'uplot';
import type { BookCourseView } from '../../../../protocol/story-view.ts';
import type { BookView } from '../../../../protocol/views.ts';
import { localDay, localTimeOf, plain, signed } from '../../format.ts';
import { withGaps } from '../../state/course-gaps.ts';
import { call } from '../../state/http.ts';
import { bookTexts } from '../../text/pages/book.ts';
import { Choice } from '../choice.tsx';
import { Age } from '../parts.tsx';
import { problemText } from '../sentence.tsx';
import { useReading } from '../use-reading.ts';
import { type Inks, Plot, type PlotLine } from './plot.tsx';

const WINDOWS = { m15: 15, h1: 60, h6: 360, d1: 1440, w1: 10_080 } as const;
type Window = keyof typeof WINDOWS;
const WINDOW_NAMES = Object.keys(WINDOWS) as readonly Window[];

/** As many as a wide chart has room for. */
const POINTS = 300;
const REREAD_MS = 5000;

export function Course({ book }: { readonly book: BookView }) {
  const t = bookTexts().course;
  const { symbol } = book;
  const [window, setWindow] = useState<Window>('h1');
  const ask = () => call('course', { symbol, minutes: WINDOWS[window], points: POINTS });
  const asked = useReading(`${symbol} ${window}`, ask, REREAD_MS);
  return (
    <section class="section" aria-labelledby="course-title">
      <div class="section-head">
        <h2 id="course-title">{t.title}</h2>
        <Choice
          group="course-window"
          label={t.window}
          names={WINDOW_NAMES}
          texts={t.windows}
          chosen={window}
          onChoose={setWindow}
        />
        <Age at={asked.at} of={t.title} />
      </div>
      {asked.problem !== null && <p class="loss">{problemText(asked.problem, t.failed)}</p>}
      {asked.value === null ? (
        asked.problem === null && <p class="empty">{t.reading}</p>
      ) : (
        <Charts book={book} course={asked.value} />
      )}
    </section>
  );
}

interface ChartsProps {
  readonly book: BookView;
  readonly course: BookCourseView;
}

function Charts({ book, course }: ChartsProps) {
  const t = bookTexts().course;
  if (course.points.length < 2) return <p class="empty">{t.none}</p>;
  const points = withGaps(course);
  const shared = {
    x: points.map(({ ts }) => ts),
    xText: timeText,
    xLabel: t.time,
    isTime: true,
    group: 'course',
  };
  const spots = points.map(({ spot }) => spot);
  const deltas = points.map((point) => point.net_delta);
  const owned = points.map((point) => point.stock_position);
  const fills = t.fills(plain(course.fills.length));
  return (
    <div class="plots">
      <h3>
        {t.spot} <span class="unit">{t.usd}</span>
      </h3>
      <Plot
        {...shared}
        label={`${summaryOf(t.spot, spots, 2)}; ${fills}`}
        height={190}
        lines={[{ label: t.price, unit: t.usd, digits: 2, ink: 'ink', values: spots }]}
        marks={(plot, inks) => markFills(plot, inks, course)}
      />
      <h3>
        {t.delta} <span class="unit">{t.sharesUnit}</span>
      </h3>
      <Plot
        {...shared}
        label={summaryOf(t.delta, deltas, 1)}
        height={210}
        lines={deltaLines(book, points)}
        filled={[[0, 1]]}
      />
      <h3>{t.shares}</h3>
      <Plot
        {...shared}
        label={summaryOf(t.owned, owned, 0)}
        height={170}
        lines={[
          {
            ...{ label: t.owned, unit: t.sharesUnit, digits: 0, ink: 'accent', stepped: true },
            values: owned,
          },
          {
            ...{ label: t.pnl, unit: t.usd, digits: 2, ink: 'warn', right: true },
            values: points.map((point) => point.daily_pnl),
          },
        ]}
      />
      <p class="unit">{t.note}</p>
    </div>
  );
}

/** Net delta with its extremes; the band and the triggers as they are now, where there are any. */
function deltaLines({ band }: BookView, points: BookCourseView['points']): readonly PlotLine[] {
  const t = bookTexts().course;
  const unit = t.sharesUnit;
  const level = (label: string, value: number | null, more: Partial<PlotLine>): PlotLine => {
    const values = points.map(() => value);
    return { label, unit, digits: 1, ink: 'ink-soft', values, ...more };
  };
  const values = (key: 'net_delta' | 'net_delta_most' | 'net_delta_least') =>
    points.map((point) => point[key]);
  const shared = { unit, digits: 1 } as const;
  const extreme = { ...shared, ink: 'accent', faint: true } as const;
  return [
    { ...extreme, label: t.most, values: values('net_delta_most') },
    { ...extreme, label: t.least, values: values('net_delta_least') },
    level(`${t.band} ↑`, band.high, {}),
    level(`${t.band} ↓`, band.low, {}),
    level(`${t.trigger} ↑`, band.trigger_high, { dashed: true }),
    level(`${t.trigger} ↓`, band.trigger_low, { dashed: true }),
    // Over all others.
    { ...shared, label: t.netDelta, ink: 'accent', values: values('net_delta') },
  ];
}

function summaryOf(what: string, values: readonly (number | null)[], digits: number): string {
  const known = values.filter((value) => value !== null);
  const text = (value: number | undefined) => signed(value, digits).replace(/^\+/, '');
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return bookTexts().course.summary(what, text(least), text(most), text(known.at(-1)));
}

/** Seconds are worth telling in minutes, days in a week. */
function timeText(ts: number, span: number): string {
  if (span > 2 * 86_400) return localDay(ts * 1000);
  const time = localTimeOf(ts * 1000);
  return span > 1200 ? time.slice(0, 5) : time;
}

const MARK_PX = 6;

/** ▲ under the price for bought, ▼ over it for sold: by shape, not by colour alone. */
function markFills(plot: uPlot, inks: Inks, { fills }: BookCourseView): void {
  const { ctx } = plot;
  const scale = devicePixelRatio;
  const first = plot.scales['x']?.min ?? 0;
  for (const { ts, side, price } of fills) {
    // The first point of the line may lie behind the first fill.
    if (ts < first) continue;
    const bought = side === 'BUY';
    const x = plot.valToPos(ts, 'x', true);
    const tip = plot.valToPos(price, 'y', true);
    const size = MARK_PX * scale * (bought ? 1 : -1);
    ctx.fillStyle = bought ? inks.accent : inks.warn;
    ctx.beginPath();
    ctx.moveTo(x, tip);
    ctx.lineTo(x - size * 0.7, tip + size * 1.3);
    ctx.lineTo(x + size * 0.7, tip + size * 1.3);
    ctx.closePath();
    ctx.fill();
  }
}
