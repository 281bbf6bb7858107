/**
 * A machine as SCXML, the W3C's form of a statechart, which editors and other tools read. Guards
 * and effects go by their names: what they do is code, and not part of the chart.
 */

import type { AnyStateMachine } from 'xstate';
import { chartOf, type Edge, type StateChart, type StateNode } from './diagram.ts';

/** The whole chart as one SCXML document. */
export function scxmlOf(machine: AnyStateMachine): string {
  const chart = chartOf(machine);
  const name = attribute('name', machine.id);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" datamodel="null"${name}>`,
  ];
  const ofRoot = transitions(chart, '', '    ');
  if (machine.root.type === 'parallel' || ofRoot.length > 0) {
    // Only a state can be parallel or have transitions of its own.
    const tag = machine.root.type === 'parallel' ? 'parallel' : 'state';
    const first = chart.states.find(({ parent }) => parent === null);
    const initial =
      tag === 'state' ? attribute('initial', idOf(initialOf(machine) ?? first?.path)) : '';
    lines.push(`  <${tag}${attribute('id', machine.id)}${initial}>`, ...ofRoot);
    lines.push(...children(chart, null, '    '), `  </${tag}>`);
  } else {
    lines.push(...children(chart, null, '  '));
  }
  lines.push('</scxml>');
  return `${lines.join('\n')}\n`;
}

function initialOf(machine: AnyStateMachine): string | undefined {
  return machine.root.initial.target?.[0]?.path.join('.');
}

function children(chart: StateChart, parent: string | null, pad: string): string[] {
  return chart.states
    .filter((state) => state.parent === parent)
    .flatMap((state) => element(chart, state, pad));
}

function element(chart: StateChart, state: StateNode, pad: string): string[] {
  const tag = ['parallel', 'final', 'history'].includes(state.type) ? state.type : 'state';
  const initial = state.initial === null ? '' : attribute('initial', idOf(state.initial));
  const inner = `${pad}  `;
  return [
    `${pad}<${tag}${attribute('id', idOf(state.path))}${initial}>`,
    ...actions('onentry', state.entry, inner),
    ...actions('onexit', state.exit, inner),
    ...transitions(chart, state.path, inner),
    ...children(chart, state.path, inner),
    `${pad}</${tag}>`,
  ];
}

function actions(tag: string, names: readonly string[], pad: string): string[] {
  if (names.length === 0) return [];
  return [`${pad}<${tag}>`, ...names.map((name) => effect(name, `${pad}  `)), `${pad}</${tag}>`];
}

/** An effect is an event that the machine sends to its host. */
function effect(name: string, pad: string): string {
  return `${pad}<send${attribute('event', name)} target="#_internal"/>`;
}

function transitions(chart: StateChart, from: string, pad: string): string[] {
  return chart.edges.filter((edge) => edge.from === from).flatMap((edge) => transition(edge, pad));
}

function transition({ event, guard, to, actions: names }: Edge, pad: string): string[] {
  const on = event === 'always' ? '' : attribute('event', event);
  const when = guard === null ? '' : attribute('cond', guard);
  const target = to === null ? '' : attribute('target', idOf(to));
  const open = `${pad}<transition${on}${when}${target}`;
  if (names.length === 0) return [`${open}/>`];
  return [`${open}>`, ...names.map((name) => effect(name, `${pad}  `)), `${pad}</transition>`];
}

function attribute(name: string, value: string): string {
  const escaped = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  return ` ${name}="${escaped}"`;
}

/** An XML id has no dots that a reader might take for a path. */
function idOf(path: string | undefined): string {
  return (path ?? '').replaceAll('.', '_');
}
