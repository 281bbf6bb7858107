/** Charts of a sweep as markup: the frontier on its plane, and tables whose cells are shaded. */

import { escapeText, type Scale, scaleOf } from './chart.ts';
import type { FrontierPoint } from './frontier.ts';
import type { HeatMap } from './sweep-sensitivity.ts';

const WIDTH = 860;
const HEIGHT = 420;
const LEFT = 70;
const RIGHT = 16;
const BOTTOM = 44;
const TOP = 12;
/** More bands than this hide each other: then those of the frontier are drawn alone. */
const BANDS_MAX = 12;

/** `name` says what a set is, when it is pointed at. */
export function frontierChart(
  points: readonly FrontierPoint[],
  name: (point: FrontierPoint) => string,
): string {
  const banded = points.filter(({ efficient }) => efficient || points.length <= BANDS_MAX);
  // A band that is far wider than the points are apart would leave them in a corner.
  const x = axisOf(points, banded, 'cost');
  const y = axisOf(points, banded, 'error');
  const place: Place = {
    x: (value) => LEFT + share(x, value) * (WIDTH - LEFT - RIGHT),
    y: (value) => TOP + (1 - share(y, value)) * (HEIGHT - TOP - BOTTOM),
  };
  const frontier = points.filter(({ efficient }) => efficient);
  const line = frontier
    .toSorted((a, b) => a.cost - b.cost)
    .map(({ cost, error }) => `${place.x(cost).toFixed(1)},${place.y(error).toFixed(1)}`);
  const label = 'Hedge error against cost of hedging, each set a point';
  return [
    `<figure><figcaption>${label} <span style="color:var(--c0)">● frontier</span>`,
    ' <span style="color:var(--c5)">● other sets</span></figcaption>',
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">`,
    `<clipPath id="plane"><rect x="${LEFT}" y="${TOP}" width="${WIDTH - LEFT - RIGHT}"`,
    ` height="${HEIGHT - TOP - BOTTOM}"/></clipPath>`,
    ...axes(x, y, place),
    `<g clip-path="url(#plane)">${banded.map((point) => bandMark(point, place)).join('')}</g>`,
    `<polyline points="${line.join(' ')}" style="stroke:var(--c0)"/>`,
    ...points.map((point) => pointMark(point, place, name(point))),
    ...numbers(frontier, place),
    '</svg></figure>',
  ].join('');
}

interface Place {
  x(value: number): number;
  y(value: number): number;
}

function axisOf(
  points: readonly FrontierPoint[],
  banded: readonly FrontierPoint[],
  what: 'cost' | 'error',
): Scale {
  const values = points.map((point) => point[what]);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const reach = Math.max(most - least, 0.1 * Math.abs(most));
  const ends = banded.flatMap(({ bands }) => bands?.[what] ?? []);
  const low = Math.max(least - reach, Math.min(least, ...ends));
  const high = Math.min(most + reach, Math.max(most, ...ends));
  // Neither has anything below 0, and a point on the very edge is hard to see.
  return scaleOf(Math.max(0, low - 0.04 * reach), high + 0.04 * reach);
}

function share({ low, high }: Scale, value: number): number {
  return (value - low) / (high - low);
}

function axes(x: Scale, y: Scale, place: Place): readonly string[] {
  const bottom = HEIGHT - BOTTOM;
  const rows = y.ticks.map((value) => {
    const at = place.y(value).toFixed(1);
    return (
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" class="grid"/>` +
      `<text x="${LEFT - 6}" y="${at}" class="ytick">${value.toFixed(y.digits)}</text>`
    );
  });
  const columns = x.ticks.map((value) => {
    const at = place.x(value).toFixed(1);
    return (
      `<line x1="${at}" x2="${at}" y1="${TOP}" y2="${bottom}" class="grid"/>` +
      `<text x="${at}" y="${bottom + 16}" class="xtick">${value.toFixed(x.digits)}</text>`
    );
  });
  const middle = (LEFT + WIDTH - RIGHT) / 2;
  const turn = `transform="rotate(-90 12 ${HEIGHT / 2})"`;
  return [
    ...rows,
    ...columns,
    `<text x="${middle}" y="${HEIGHT - 8}" class="xtick">commissions and slippage, USD</text>`,
    `<text x="12" y="${HEIGHT / 2}" class="xtick" ${turn}>variance of net delta, shares²</text>`,
  ];
}

function bandMark({ cost, error, bands, efficient }: FrontierPoint, place: Place): string {
  if (bands === null) return '';
  const [left, right] = bands.cost.map((value) => place.x(value).toFixed(1));
  const [low, high] = bands.error.map((value) => place.y(value).toFixed(1));
  const [x, y] = [place.x(cost).toFixed(1), place.y(error).toFixed(1)];
  const style = `style="stroke:var(--c${efficient ? 0 : 5});opacity:.45;stroke-width:1.5"`;
  return (
    `<line x1="${left}" x2="${right}" y1="${y}" y2="${y}" ${style}/>` +
    `<line x1="${x}" x2="${x}" y1="${low}" y2="${high}" ${style}/>`
  );
}

function pointMark(point: FrontierPoint, place: Place, name: string): string {
  const { cost, error, efficient } = point;
  const at = `cx="${place.x(cost).toFixed(1)}" cy="${place.y(error).toFixed(1)}"`;
  const [colour, size] = efficient ? [0, 5] : [5, 3.5];
  const title = `<title>${escapeText(name)}</title>`;
  return `<circle ${at} r="${size}" style="fill:var(--c${colour})">${title}</circle>`;
}

/** Sets that came out the same stand on one point, and are named there together. */
function numbers(frontier: readonly FrontierPoint[], place: Place): readonly string[] {
  const byPlace = new Map<string, number[]>();
  for (const { cost, error, index } of frontier) {
    const at = `x="${(place.x(cost) + 8).toFixed(0)}" y="${(place.y(error) - 7).toFixed(0)}"`;
    byPlace.set(at, [...(byPlace.get(at) ?? []), index]);
  }
  return [...byPlace].map(([at, indices]) => {
    const more = indices.length > NAMED_MAX ? ' …' : '';
    return `<text ${at}>${indices.slice(0, NAMED_MAX).join(', ')}${more}</text>`;
  });
}

const NAMED_MAX = 4;

/** One measure of the map; dark is much. */
export function heatTable(
  { across, down, columns, rows }: HeatMap,
  measure: 'pnl' | 'error' | 'cost',
  title: string,
): string {
  const values = rows.flatMap(({ cells }) => cells.flatMap((cell) => cell?.[measure] ?? []));
  const shade = shader(values);
  const head = columns.map((value) => `<th scope="col" class="number">${escapeText(value)}</th>`);
  const lines = rows.map(({ value, cells }) => {
    const texts = cells.map((cell) =>
      cell === null ? '<td></td>' : shade(cell[measure], numberText(cell[measure])),
    );
    return `<tr><th scope="row">${escapeText(value)}</th>${texts.join('')}</tr>`;
  });
  const caption = `${title}: ${lastWord(down)} down, ${lastWord(across)} across`;
  return [
    `<figure><figcaption>${escapeText(caption)}</figcaption><div class="wide" tabindex="0"><table>`,
    `<thead><tr><td></td>${head.join('')}</tr></thead>`,
    `<tbody>${lines.join('')}</tbody></table></div></figure>`,
  ].join('');
}

/** Rows of counts, each shaded from its least to its most: what is the same for all has none. */
export function countTable(
  corner: string,
  columns: readonly string[],
  rows: Readonly<Record<string, readonly number[]>>,
): string {
  const head = columns.map((value) => `<th scope="col" class="number">${escapeText(value)}</th>`);
  const lines = Object.entries(rows).map(([name, counts]) => {
    const shade = shader(counts);
    const cells = counts.map((count) => shade(count, String(Math.round(count))));
    return `<tr><th scope="row">${escapeText(name)}</th>${cells.join('')}</tr>`;
  });
  return [
    '<div class="wide" tabindex="0"><table>',
    `<thead><tr><th>${escapeText(corner)}</th>${head.join('')}</tr></thead>`,
    `<tbody>${lines.join('')}</tbody></table></div>`,
  ].join('');
}

function shader(values: readonly number[]): (value: number, text: string) => string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return (value, text) => {
    const depth = most > least ? (value - least) / (most - least) : 0;
    return `<td class="heat" style="--s:${depth.toFixed(2)}">${escapeText(text)}</td>`;
  };
}

/** As many decimals as tell something. */
export function numberText(value: number): string {
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 100 ? 1 : 2;
  return value.toFixed(digits);
}

/** Of a dotted key. */
export function lastWord(key: string): string {
  return key.split('.').at(-1) ?? key;
}
