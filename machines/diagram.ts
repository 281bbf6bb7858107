/**
 * A machine as a diagram and as data, made from the machine itself: what the API, the page and
 * `docs/machines.md` show cannot differ from what runs.
 */

import type { AnyStateMachine } from 'xstate';

export interface StateChart {
  readonly id: string;
  /** The state it begins in; null where it begins in several at once. */
  readonly initial: string | null;
  readonly states: readonly StateNode[];
  readonly edges: readonly Edge[];
}

export interface StateNode {
  /** Path below the machine, such as `lifecycle.waiting_ib.socket`. */
  readonly path: string;
  readonly type: string;
  /** The child that is entered first; null for atomic and parallel states. */
  readonly initial: string | null;
  readonly parent: string | null;
  readonly entry: readonly string[];
  readonly exit: readonly string[];
}

export interface Edge {
  readonly from: string;
  /** Null: the transition stays where it is and only acts. */
  readonly to: string | null;
  /** `always` for an eventless transition. */
  readonly event: string;
  readonly guard: string | null;
  readonly actions: readonly string[];
}

type Node = AnyStateMachine['root'];

/** Every state and transition of a machine, in document order. */
export function chartOf(machine: AnyStateMachine): StateChart {
  const states: StateNode[] = [];
  const edges: Edge[] = [];
  const visit = (node: Node): void => {
    if (node.path.length > 0) states.push(stateOf(node));
    for (const transition of [...node.transitions.values()].flat())
      edges.push(edgeOf(node, transition));
    for (const transition of node.always ?? []) edges.push(edgeOf(node, transition));
    for (const child of Object.values(node.states)) visit(child);
  };
  visit(machine.root);
  return { id: machine.id, initial: rootInitial(machine), states, edges };
}

/**
 * A Mermaid `stateDiagram-v2` with one arrow between two states, whatever leads from one to the
 * other. Transitions that stay where they are stand in the chart only.
 */
export function mermaidOf(machine: AnyStateMachine): string {
  const chart = chartOf(machine);
  const lines = ['stateDiagram-v2'];
  const under = (parent: string | null, depth: number): void => {
    const pad = '  '.repeat(depth);
    const children = chart.states.filter((state) => state.parent === parent);
    const region = chart.states.find((state) => state.path === parent);
    const initial = parent === null ? rootInitial(machine) : (region?.initial ?? null);
    if (initial !== null) lines.push(`${pad}[*] --> ${idOf(initial)}`);
    children.forEach((state, index) => {
      const parallel = (parent === null ? machine.root.type : region?.type) === 'parallel';
      if (parallel && index > 0) lines.push(`${pad}--`);
      const nested = chart.states.some((one) => one.parent === state.path);
      if (nested) {
        lines.push(`${pad}state "${nameOf(state.path)}" as ${idOf(state.path)} {`);
        under(state.path, depth + 1);
        lines.push(`${pad}}`);
      } else {
        lines.push(`${pad}state "${nameOf(state.path)}" as ${idOf(state.path)}`);
      }
      if (state.type === 'final') lines.push(`${pad}${idOf(state.path)} --> [*]`);
    });
  };
  under(null, 1);
  for (const [arrow, labels] of arrowsOf(chart)) {
    lines.push(`  ${arrow}: ${[...labels].join(', ').replaceAll(':', ' ')}`);
  }
  return `${lines.join('\n')}\n`;
}

function arrowsOf(chart: StateChart): ReadonlyMap<string, ReadonlySet<string>> {
  const arrows = new Map<string, Set<string>>();
  for (const { from, to, event, guard } of chart.edges) {
    if (to === null || from === '' || from === to) continue;
    const arrow = `${idOf(from)} --> ${idOf(to)}`;
    const labels = arrows.get(arrow) ?? new Set();
    arrows.set(arrow, labels.add(guard === null ? event : `${event} [${guard}]`));
  }
  return arrows;
}

function rootInitial(machine: AnyStateMachine): string | null {
  const [first] = machine.root.initial.target ?? [];
  return first === undefined || machine.root.type === 'parallel' ? null : first.path.join('.');
}

function stateOf(node: Node): StateNode {
  const [initial] = node.type === 'compound' ? (node.initial.target ?? []) : [];
  return {
    path: node.path.join('.'),
    type: node.type,
    initial: initial?.path.join('.') ?? null,
    parent: node.path.length === 1 ? null : node.path.slice(0, -1).join('.'),
    entry: node.entry.map(nameOfAction),
    exit: node.exit.map(nameOfAction),
  };
}

type Transition = NonNullable<Node['always']>[number];

function edgeOf(node: Node, transition: Transition): Edge {
  const [target] = transition.target ?? [];
  return {
    from: node.path.join('.'),
    to: target?.path.join('.') ?? null,
    event: transition.eventType === '' ? 'always' : String(transition.eventType),
    guard: transition.guard === undefined ? null : nameOfGuard(transition.guard),
    actions: transition.actions.map(nameOfAction),
  };
}

/** A guard's name with its parameters. */
export function nameOfGuard(guard: unknown): string {
  if (typeof guard === 'string') return guard;
  if (typeof guard === 'function') return guard.name === '' ? 'condition' : guard.name;
  const { type, params } = guard as { type: string; params?: unknown };
  return `${type}${paramText(params)}`;
}

/** An action's name with its parameters. */
export function nameOfAction(action: unknown): string {
  if (typeof action === 'string') return action;
  if (typeof action === 'function') return action.name;
  const { type, params } = action as { type: string; params?: unknown };
  return `${type}${paramText(params)}`;
}

function paramText(params: unknown): string {
  if (typeof params !== 'object' || params === null) return '';
  return ` ${Object.values(params).join(' ')}`;
}

function idOf(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9]/g, '_');
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
