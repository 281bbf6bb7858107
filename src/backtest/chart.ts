/** Charts as SVG text: lines over time and horizontal bars; no script draws them. */

import type { Point } from './series.ts';

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

const WIDTH = 860;
const HEIGHT = 240;
const LEFT = 70;
const BOTTOM = 26;
const TOP = 12;
/** Named by the page, so that they can be seen in the dark too. */
const COLOURS = 7;
const TICKS = 5;

/** Lines over one time axis, with gaps of closed hours taken out. */
export function lineChart(title: string, unit: string, lines: readonly Line[]): string {
  const shown = lines.filter(({ points }) => points.length > 0);
  const all = shown.flatMap(({ points }) => points);
  if (all.length === 0) return '';
  const values = all.map(([, value]) => value);
  const { low, high, ticks, digits } = scaleOf(Math.min(...values), Math.max(...values));
  const times = [...new Set(all.map(([ts]) => ts))].sort((a, b) => a - b);
  const place = placesOf(times);
  const x = (ts: number): number => LEFT + (place.get(ts) ?? 0) * (WIDTH - LEFT - 8);
  const y = (value: number): number =>
    TOP + (1 - (value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const grid = ticks.map((value) => {
    const at = y(value).toFixed(1);
    const label = `<text x="${LEFT - 6}" y="${at}" class="ytick">${value.toFixed(digits)}</text>`;
    const name = value === 0 ? 'zero' : 'grid';
    return `<line x1="${LEFT}" x2="${WIDTH - 8}" y1="${at}" y2="${at}" class="${name}"/>${label}`;
  });
  const paths = shown.map(({ points }, index) => {
    const text = points.map(([ts, value]) => `${x(ts).toFixed(1)},${y(value).toFixed(1)}`);
    return `<polyline points="${text.join(' ')}" style="stroke:${colour(index)}"/>`;
  });
  const legend = shown.map(
    ({ name }, index) => `<span style="color:${colour(index)}">■ ${escapeText(name)}</span>`,
  );
  const label = escapeText(`${title}, ${unit}`);
  const frame = `viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}"`;
  return [
    `<figure><figcaption>${label} ${legend.join(' ')}</figcaption>`,
    `<svg ${frame}>${grid.join('')}${timeTicks(times, x)}${paths.join('')}</svg></figure>`,
  ].join('\n');
}

/** Named values as bars to the left and right of zero. */
export function barChart(
  title: string,
  unit: string,
  bars: readonly (readonly [name: string, value: number])[],
): string {
  if (bars.length === 0) return '';
  const row = 22;
  const height = bars.length * row + 8;
  // As wide as the longest name, within bounds.
  const longest = Math.max(...bars.map(([name]) => name.length));
  const left = Math.min(330, Math.max(170, 20 + 6.3 * longest));
  const width = WIDTH - left - 90;
  const least = Math.min(0, ...bars.map(([, value]) => value));
  const most = Math.max(0, ...bars.map(([, value]) => value));
  const scale = width / (most - least || 1);
  const zero = left - least * scale;
  const rows = bars.map(([name, value], index) => {
    const y = 4 + index * row;
    const x = value < 0 ? zero + value * scale : zero;
    const fill = colour(value < 0 ? 1 : 0);
    const size = Math.abs(value) * scale;
    const end = value < 0 ? zero + 4 : zero + size + 4;
    return [
      `<text x="${left - 6}" y="${y + 12}" class="ytick">${escapeText(name)}</text>`,
      `<rect x="${x.toFixed(1)}" y="${y}" width="${size.toFixed(1)}" height="15"`,
      ` style="fill:${fill}"/>`,
      `<text x="${end.toFixed(1)}" y="${y + 12}">${short(value)}</text>`,
    ].join('');
  });
  const label = escapeText(`${title}, ${unit}`);
  const frame = `viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${label}"`;
  return `<figure><figcaption>${label}</figcaption><svg ${frame}>${rows.join('')}</svg></figure>`;
}

/** Safe inside markup. */
export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** `2023-08-03 13:35` in UTC. */
export function momentText(ts: number): string {
  return new Date(ts).toISOString().slice(0, 16).replace('T', ' ');
}

/** Share of the axis by time; what is longer than an hour counts as a minute. */
function placesOf(times: readonly number[]): ReadonlyMap<number, number> {
  const steps = times.map((ts, index) => {
    const gap = index === 0 ? 0 : ts - (times[index - 1] ?? ts);
    return gap > 3_600_000 ? 60_000 : gap;
  });
  const whole = steps.reduce((sum, step) => sum + step, 0) || 1;
  let passed = 0;
  return new Map(
    times.map((ts, index) => {
      passed += steps[index] ?? 0;
      return [ts, passed / whole];
    }),
  );
}

function timeTicks(times: readonly number[], x: (ts: number) => number): string {
  const marks = Array.from({ length: TICKS + 1 }, (_, index) => {
    return times[Math.round(((times.length - 1) * index) / TICKS)] ?? 0;
  });
  return [...new Set(marks)]
    .map((ts, index, all) => {
      const text = momentText(ts).slice(5);
      // The last one would leave the picture.
      const name = index > 0 && index === all.length - 1 ? 'last' : 'xtick';
      return `<text x="${x(ts).toFixed(1)}" y="${HEIGHT - 8}" class="${name}">${text}</text>`;
    })
    .join('');
}

export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  /** Decimals that tell the ticks apart. */
  readonly digits: number;
}

/** An axis over these values whose ticks are round numbers. */
export function scaleOf(least: number, most: number): Scale {
  // What differs by rounding alone is one value, and has an axis of its own size.
  const size = Math.max(Math.abs(least), Math.abs(most));
  const span =
    most - least > 1e-9 * size ? Math.max(most - least, SPAN_MIN) : size > SPAN_MIN ? size : 1;
  const rough = span / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((one) => one * power >= rough) ?? 10) * power;
  const from = Math.floor(least / step);
  const to = Math.max(from + 1, Math.ceil(most / step));
  // From whole numbers, so that 0 is 0 and not what is left of a sum.
  const ticks = Array.from({ length: to - from + 1 }, (_, index) => (from + index) * step);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return { low: from * step, high: to * step, ticks, digits };
}

const STEPS = [1, 2, 5, 10];
/** Nothing that is charted is told more exactly. */
const SPAN_MIN = 1e-6;

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 10_000) return value.toFixed(0);
  return value.toFixed(size >= 100 ? 1 : 2);
}

function colour(index: number): string {
  return `var(--c${index % COLOURS})`;
}
