/** The volatility of each leg by its strike, a line for each expiry. */

import type uPlot from 'uplot';
import type { BookView } from '../../../../protocol/views.ts';
import { brief, isoDay, plain } from '../../format.ts';
import { bookTexts } from '../../text/pages/book.ts';
import { type Ink, type Inks, Plot, type PlotLine } from './plot.tsx';

const INKS: readonly Ink[] = ['accent', 'warn', 'win', 'loss', 'ink'];

export function Smile({ book }: { readonly book: BookView }) {
  const t = bookTexts().smile;
  const known = book.legs.filter(({ iv }) => iv !== null);
  const strikes = [...new Set(known.map(({ strike }) => strike))].sort((a, b) => a - b);
  const lines = known.length === 0 ? [] : linesOf(book, strikes);
  const gist = known.map(({ label, iv }) => `${label} ${plain((iv ?? 0) * 100, 1)} %`).join(', ');
  // The scale needs room beside the outermost strikes, and the spot in it.
  const edges = edgesOf(strikes, book.spot);
  const empty = edges.map(() => null);
  return (
    <section class="section" aria-labelledby="smile-title">
      <h2 id="smile-title">{t.title}</h2>
      {lines.length === 0 ? (
        <p class="empty">{t.none}</p>
      ) : (
        <Plot
          label={`${t.title}: ${gist}`}
          height={220}
          xLabel={t.strike}
          x={[...edges.slice(0, 1), ...strikes, ...edges.slice(1)]}
          xText={(value) => brief(value, 2)}
          isTime={false}
          lines={lines.map((line) => ({
            ...line,
            values: [...empty.slice(0, 1), ...line.values, ...empty.slice(1)],
          }))}
          marks={(plot, inks) => markSpot(plot, inks, book.spot)}
        />
      )}
      <p class="unit">{t.note}</p>
      <Strikes smile={book.smile} />
    </section>
  );
}

/** What else the smiles are fitted to, where they are, and what had no line for it. */
function Strikes({ smile: { strikes, good, dropped } }: { readonly smile: BookView['smile'] }) {
  const t = bookTexts().smile;
  if (strikes + dropped === 0) return null;
  return (
    <p class="unit">
      {t.strikes(String(strikes), String(good))}
      {dropped > 0 && <span class="doubtful"> {t.dropped(String(dropped))}</span>}
    </p>
  );
}

/** Calls and puts of an expiry and strike have one volatility but for noise: each has its line. */
function linesOf({ legs }: BookView, strikes: readonly number[]): readonly PlotLine[] {
  const t = bookTexts().smile;
  const keys = [...new Set(legs.map(({ expiry, right }) => `${expiry} ${right}`))].sort();
  return keys.map((key, index) => {
    const [expiry = '', right = ''] = key.split(' ');
    const values = strikes.map((strike) => {
      const leg = legs.find(
        (one) => one.strike === strike && one.expiry === expiry && one.right === right,
      );
      return leg?.iv == null ? null : leg.iv * 100;
    });
    const ink = INKS[index % INKS.length] ?? 'ink';
    const label = `${isoDay(expiry)} ${right}`;
    return { label, unit: t.unit, digits: 2, ink, values, dotted: true };
  });
}

function edgesOf(strikes: readonly number[], spot: number | null): readonly number[] {
  const all = spot === null ? strikes : [...strikes, spot];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const room = Math.max((most - least) * 0.15, most * 0.02);
  return [least - room, most + room];
}

function markSpot(plot: uPlot, inks: Inks, spot: number | null): void {
  if (spot === null) return;
  const { ctx, bbox } = plot;
  const x = plot.valToPos(spot, 'x', true);
  ctx.save();
  ctx.strokeStyle = inks['ink-soft'];
  ctx.setLineDash([4, 4]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}
