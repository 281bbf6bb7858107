/** A statechart as a picture: what is lit is where the machine is, what glows is how it got there. */

import { useState } from 'preact/hooks';
import type { ChartLayoutView } from '../../../../protocol/chart-layout.ts';
import { arrowKey, type ChartArrow, labelPlace } from '../../chart-paths.ts';
import { type Coverage, heatOf } from '../../state/coverage.ts';

interface ChartProps {
  readonly layout: ChartLayoutView;
  readonly label: string;
  readonly active: ReadonlySet<string>;
  readonly taken: ReadonlySet<string>;
  /** Changes with every step, so that a step that goes the same way again is seen. */
  readonly step: string;
  readonly chosen: string | null;
  /** How often each state and arrow was seen, in place of what glows; null: not asked for. */
  readonly heat: Coverage | null;
  readonly onChoose: (path: string) => void;
}

const MARGIN = 8;
const LINE = 13;
const LETTER = 6.4;

export function StateChart(props: ChartProps) {
  const { layout, label, active, taken, step } = props;
  const [pointed, setPointed] = useState<string | null>(null);
  const size = { width: layout.width + 2 * MARGIN, height: layout.height + 2 * MARGIN };
  const box = `${-MARGIN} ${-MARGIN} ${size.width} ${size.height}`;
  const keyed = layout.edges.map((edge) => ({ edge, key: arrowKey(edge.from, edge.to) }));
  return (
    <svg
      class="chart"
      viewBox={box}
      width={size.width}
      height={size.height}
      role="img"
      aria-label={label}
      data-testid="chart"
    >
      <defs>
        {['plain', 'taken'].map((kind) => (
          <marker
            key={kind}
            id={`tip-${kind}`}
            class={`tip tip-${kind}`}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0 0.8 L7.4 4 L0 7.2 z" />
          </marker>
        ))}
      </defs>
      {layout.states.map((state) => (
        <State key={state.path} state={state} {...props} />
      ))}
      {keyed.map(({ edge, key }) => (
        <Arrow
          key={taken.has(key) ? `${key} ${step}` : key}
          edge={edge}
          taken={taken.has(key)}
          near={active.has(edge.from)}
          heat={heatClass(props.heat, props.heat?.arrows.get(key))}
          onPoint={(on) => setPointed(on ? key : null)}
        />
      ))}
      {keyed
        .filter(({ key }) => taken.has(key) || key === pointed)
        .map(({ edge, key }) => (
          <ArrowLabel key={key} edge={edge} />
        ))}
    </svg>
  );
}

type StatePlace = ChartLayoutView['states'][number];

function heatClass(heat: Coverage | null, count = 0): string {
  return heat === null ? '' : `heat-${heatOf(count, heat.most)}`;
}

function State({
  state,
  active,
  chosen,
  heat,
  onChoose,
}: ChartProps & { readonly state: StatePlace }) {
  const { path, name, type, initial, x, y, width, height } = state;
  const nested = type === 'compound' || type === 'parallel';
  const warmth = nested ? '' : heatClass(heat, heat?.states.get(path));
  const classes = ['state', nested && 'nested', active.has(path) && 'active', warmth];
  const [textX, textY] = nested ? [x + 12, y + 21] : [x + width / 2, y + height / 2 + 4.5];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the same choice is a list of states
    <g
      class={[...classes, chosen === path && 'chosen'].filter(Boolean).join(' ')}
      data-state={path}
      onClick={(event) => {
        event.stopPropagation();
        onChoose(path);
      }}
    >
      <rect x={x} y={y} width={width} height={height} rx={nested ? 8 : 6} />
      {type === 'final' && (
        <rect x={x + 3} y={y + 3} width={width - 6} height={height - 6} rx={4} />
      )}
      {initial && <circle class="initial" cx={x} cy={y + (nested ? 17 : height / 2)} r={4} />}
      <text x={textX} y={textY} text-anchor={nested ? 'start' : 'middle'}>
        {name}
      </text>
    </g>
  );
}

interface ArrowProps {
  readonly edge: ChartArrow;
  readonly taken: boolean;
  /** Whether it begins where the machine is. */
  readonly near: boolean;
  readonly heat: string;
  readonly onPoint: (on: boolean) => void;
}

function Arrow({ edge, taken, near, heat, onPoint }: ArrowProps) {
  const way = `M${edge.points.map(([x, y]) => `${x} ${y}`).join('L')}`;
  const kind = taken ? 'taken' : near ? 'near' : 'far';
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only shows its label, as its title does
    <g
      class={`arrow arrow-${kind} ${heat}`}
      data-arrow={arrowKey(edge.from, edge.to)}
      onMouseEnter={() => onPoint(true)}
      onMouseLeave={() => onPoint(false)}
    >
      <title>{edge.lines.join('\n')}</title>
      <path class="reach" d={way} />
      <path class="way" d={way} marker-end={`url(#tip-${taken ? 'taken' : 'plain'})`} />
    </g>
  );
}

function ArrowLabel({ edge }: { readonly edge: ChartArrow }) {
  const [x, y] = labelPlace(edge);
  const width = Math.max(...edge.lines.map((line) => line.length)) * LETTER + 10;
  const height = edge.lines.length * LINE + 6;
  const [left, top] = [Math.max(0, x - width / 2), y - height / 2];
  return (
    <g class="arrow-label">
      <rect x={left} y={top} width={width} height={height} rx={3} />
      {edge.lines.map((line, index) => (
        <text key={line} x={left + 5} y={top + 13 + index * LINE}>
          {line}
        </text>
      ))}
    </g>
  );
}
