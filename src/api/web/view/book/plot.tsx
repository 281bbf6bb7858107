/**
 * A chart of lines over time or strike, drawn on a canvas by uPlot. Its colours are those of the
 * page, read anew when light turns dark; who cannot see it is told its gist by the label.
 */

// First: what follows loads only with a language that there is.
import './language-tag.ts';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { NONE, plain } from '../../format.ts';
import { theme } from '../../state/theme.ts';

/** Colours by the names of the style sheet. */
export type Ink = 'ink' | 'ink-soft' | 'rule' | 'accent' | 'accent-wash' | 'win' | 'loss' | 'warn';
export type Inks = Readonly<Record<Ink, string>>;

export interface PlotLine {
  readonly label: string;
  readonly unit: string;
  readonly digits: number;
  readonly ink: Ink;
  readonly values: readonly (number | null)[];
  readonly right?: boolean;
  readonly stepped?: boolean;
  readonly dashed?: boolean;
  /** Faint, and without points. */
  readonly faint?: boolean;
  readonly dotted?: boolean;
}

export interface PlotProps {
  /** What it shows, in words. */
  readonly label: string;
  readonly height: number;
  readonly xLabel: string;
  /** Ascending; unix seconds where `xText` is of times. */
  readonly x: readonly number[];
  readonly xText: (value: number, span: number) => string;
  readonly isTime: boolean;
  readonly lines: readonly PlotLine[];
  /** Pairs of lines, upper and lower, between which it is filled. */
  readonly filled?: readonly (readonly [upper: number, lower: number])[];
  /** What is drawn over the lines. */
  readonly marks?: (plot: uPlot, inks: Inks) => void;
  /** Charts of one group share the cursor. */
  readonly group?: string;
}

const INKS: readonly Ink[] = [
  ...(['ink', 'ink-soft', 'rule', 'accent', 'accent-wash', 'win', 'loss', 'warn'] as const),
];

export function Plot(props: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  // What changes the chart itself and not its numbers.
  const shape = [props.lines.map(({ label }) => label), theme.value, props.group].join('|');
  useEffect(() => {
    const place = host.current;
    if (place === null) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf(latest, place), dataOf(latest.current), place);
    };
    draw();
    const resized = new ResizeObserver(() => {
      plot.current?.setSize({ width: place.clientWidth, height: latest.current.height });
    });
    resized.observe(place);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    return () => {
      resized.disconnect();
      dark.removeEventListener('change', draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(dataOf(props)));
  return <div ref={host} class="plot" role="img" aria-label={props.label} />;
}

function dataOf({ x, lines }: PlotProps): uPlot.AlignedData {
  return [[...x], ...lines.map(({ values }) => [...values])];
}

function optionsOf(latest: { current: PlotProps }, place: HTMLElement): uPlot.Options {
  const props = latest.current;
  const inks = inksOf(place);
  const hasRight = props.lines.some(({ right }) => right === true);
  const leftDigits = props.lines.find(({ right }) => right !== true)?.digits ?? 0;
  const axis = {
    stroke: inks['ink-soft'],
    grid: { stroke: inks.rule, width: 1 },
    ticks: { stroke: inks.rule, width: 1 },
    font: '11px sans-serif',
  };
  const numbers = (digits: number) => (_: uPlot, splits: readonly number[]) =>
    splits.map((value) => plain(value, digits));
  return {
    width: place.clientWidth,
    height: props.height,
    scales: { x: { time: props.isTime } },
    ...(props.group !== undefined && { cursor: { sync: { key: props.group } } }),
    series: [
      {
        label: props.xLabel,
        value: (u, x, index) => {
          const shown = x ?? newestOf(u, index);
          return shown === null ? NONE : xTextOf(latest, u)(shown);
        },
      },
      ...props.lines.map((line) => seriesOf(line, inks)),
    ],
    bands: (props.filled ?? []).map(([upper, lower]) => {
      // The first series is x.
      return { series: [upper + 1, lower + 1], fill: inks['accent-wash'] };
    }),
    axes: [
      { ...axis, values: (u, splits) => splits.map(xTextOf(latest, u)), space: 70, size: 30 },
      { ...axis, values: numbers(leftDigits > 2 ? 2 : leftDigits), size: 58 },
      ...(hasRight
        ? [{ ...axis, scale: 'right', side: 1 as const, values: numbers(0), size: 58 }]
        : []),
    ],
    hooks: { draw: [(u) => latest.current.marks?.(u, inks)] },
  };
}

function xTextOf(latest: { current: PlotProps }, plot: uPlot): (x: number) => string {
  const { min, max } = plot.scales['x'] ?? {};
  return (x) => latest.current.xText(x, (max ?? 0) - (min ?? 0));
}

function seriesOf(line: PlotLine, inks: Inks): uPlot.Series {
  const { label, unit, digits, ink, faint = false } = line;
  const stepped = line.stepped === true ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return {
    label,
    scale: line.right === true ? 'right' : 'y',
    stroke: inks[ink],
    width: faint ? 0.5 : 1.5,
    value: (plot, value, index) => {
      const shown = value ?? newestOf(plot, index);
      return shown === null ? NONE : `${plain(shown, digits)} ${unit}`;
    },
    points: line.dotted === true ? { show: true, size: 8, fill: inks[ink] } : { show: false },
    ...(line.dashed === true && { dash: [5, 4] }),
    ...(stepped !== undefined && { paths: stepped }),
    // Between strikes there is nothing to miss; in time there is.
    spanGaps: line.dotted === true,
  };
}

/** Where no cursor points, the newest value is told. */
function newestOf(plot: uPlot, series: number): number | null {
  if (plot.cursor.idx !== null && plot.cursor.idx !== undefined) return null;
  const values: readonly (number | null | undefined)[] = [...(plot.data[series] ?? [])];
  return values.findLast((value) => value !== null) ?? null;
}

/** A canvas knows no variables: each is asked for as the colour of an element. */
function inksOf(place: HTMLElement): Inks {
  const probe = document.createElement('span');
  place.append(probe);
  const found = INKS.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  // Each name of the list has its colour.
  return Object.fromEntries(found) as Inks;
}
