/**
 * The statecharts laid out as the page draws them. It is done here, once for each definition, and
 * kept with the sources: neither the daemon nor the browser carries a layout engine.
 */

import elk, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js';
import { chartOf, type Edge, type StateChart, type StateNode } from '../../../machines/diagram.ts';
import { MACHINES } from '../../../src/engine/definitions.ts';
import type { ChartLayoutView } from '../../../src/protocol/chart-layout.ts';
import type { GeneratedFile } from './generated.ts';

/** Of the font that the page draws states with, px. */
const STATE_LETTER = 7.6;
const STATE_HEIGHT = 34;

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  // As the definition reads: what comes first stands above.
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.cycleBreaking.strategy': 'MODEL_ORDER',
  'elk.layered.spacing.nodeNodeBetweenLayers': '26',
  'elk.spacing.nodeNode': '34',
  'elk.spacing.edgeNode': '14',
  'elk.spacing.edgeEdge': '8',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '8',
  'elk.layered.spacing.edgeNodeBetweenLayers': '12',
  'elk.randomSeed': '1',
};

/** Every statechart by its machine's name. */
export async function chartLayouts(): Promise<GeneratedFile> {
  const layouts: Record<string, ChartLayoutView> = {};
  for (const [name, create] of Object.entries(MACHINES)) {
    layouts[name] = await layOut(chartOf(create()));
  }
  return { path: 'src/engine/chart-layouts.json', content: written(layouts) };
}

/** A line for each state and each arrow, so that a change shows as one. */
function written(layouts: Readonly<Record<string, ChartLayoutView>>): string {
  const charts = Object.entries(layouts).map(([name, { width, height, states, edges }]) => {
    const rows = (list: readonly unknown[]) =>
      list.map((one) => `   ${JSON.stringify(one)}`).join(',\n');
    return ` "${name}": {"width": ${width}, "height": ${height}, "states": [
${rows(states)}
  ], "edges": [
${rows(edges)}
  ]}`;
  });
  return `{\n${charts.join(',\n')}\n}\n`;
}

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly edges: readonly Edge[];
}

/** One arrow between two states, whatever leads from one to the other. */
function arrowsOf(chart: StateChart): readonly Arrow[] {
  const arrows = new Map<string, { from: string; to: string; edges: Edge[] }>();
  for (const edge of chart.edges) {
    if (edge.to === null || edge.from === '') continue;
    const key = `${edge.from}>${edge.to}`;
    const arrow = arrows.get(key) ?? { from: edge.from, to: edge.to, edges: [] };
    arrow.edges.push(edge);
    arrows.set(key, arrow);
  }
  return [...arrows.values()];
}

function linesOf({ edges }: Arrow): readonly string[] {
  return [...new Set(edges.map(lineOf))];
}

function lineOf({ event, guard }: Edge): string {
  if (event === 'always') return guard === null ? 'always' : `[${guard}]`;
  return guard === null ? event : `${event} [${guard}]`;
}

async function layOut(chart: StateChart): Promise<ChartLayoutView> {
  const arrows = arrowsOf(chart);
  const graph: ElkNode = {
    id: 'chart',
    layoutOptions: OPTIONS,
    children: childrenOf(chart, null),
    edges: arrows.map((arrow, index): ElkExtendedEdge => {
      return {
        id: String(index),
        sources: [arrow.from],
        targets: [arrow.to],
      };
    }),
  };
  const laid = await new elk.default().layout(graph);
  const places = new Map<string, { readonly x: number; readonly y: number }>();
  const states = placedStates(chart, laid, { x: 0, y: 0 }, places);
  const edges = (laid.edges ?? []).map((edge) => {
    const arrow = arrows[Number(edge.id)];
    if (arrow === undefined) throw new Error(`no arrow ${edge.id}`);
    const origin = places.get(String((edge as { container?: string }).container)) ?? { x: 0, y: 0 };
    const at = ({ x, y }: { x: number; y: number }) =>
      [tenth(x + origin.x), tenth(y + origin.y)] as const;
    const points = (edge.sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) =>
      [startPoint, ...bendPoints, endPoint].map(at),
    );
    return {
      from: arrow.from,
      to: arrow.to,
      lines: linesOf(arrow),
      points,
    };
  });
  return { width: Math.ceil(laid.width ?? 0), height: Math.ceil(laid.height ?? 0), states, edges };
}

function childrenOf(chart: StateChart, parent: string | null): ElkNode[] {
  const states = chart.states.filter((state) => state.parent === parent);
  return states.map((state) => {
    const children = childrenOf(chart, state.path);
    const width = nameOf(state).length * STATE_LETTER + 28;
    if (children.length === 0) return { id: state.path, width, height: STATE_HEIGHT };
    return {
      id: state.path,
      children,
      layoutOptions: {
        'elk.padding': '[top=34,left=16,bottom=16,right=16]',
        'elk.nodeSize.constraints': 'MINIMUM_SIZE',
        'elk.nodeSize.minimum': `(${width},0)`,
      },
    };
  });
}

function placedStates(
  chart: StateChart,
  node: ElkNode,
  origin: { readonly x: number; readonly y: number },
  places: Map<string, { readonly x: number; readonly y: number }>,
): ChartLayoutView['states'] {
  return (node.children ?? []).flatMap((child) => {
    const place = { x: origin.x + (child.x ?? 0), y: origin.y + (child.y ?? 0) };
    places.set(child.id, place);
    const state = chart.states.find(({ path }) => path === child.id);
    if (state === undefined) throw new Error(`no state ${child.id}`);
    const [width, height] = [tenth(child.width ?? 0), tenth(child.height ?? 0)];
    const placed = { path: child.id, x: tenth(place.x), y: tenth(place.y), width, height };
    const isInitial = [chart, ...chart.states].some(({ initial }) => initial === child.id);
    return [
      { ...placed, name: nameOf(state), type: state.type, initial: isInitial },
      ...placedStates(chart, child, place, places),
    ];
  });
}

function nameOf({ path }: StateNode): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
