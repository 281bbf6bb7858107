/** The parts that every section is made of: heading with age, facts with units, tables. */

import type { ComponentChildren } from 'preact';
import { now, readNow } from '../clock.ts';
import { spanOf } from '../format.ts';
import { texts } from '../text/language.ts';

/** `0.3 s`, in the language of the page. */
export function spanText(ms: number): string {
  const { amount, unit } = spanOf(ms);
  return `${amount} ${texts().spans[unit]}`;
}

/** How long ago `at` (epoch ms of this browser) is, growing as one looks. */
export function Age(props: { readonly at: number | null; readonly of: string }) {
  const t = texts();
  // Depends on the tick, but is as exact as the moment it is drawn.
  const span = props.at === null ? null : Math.max(now.value, readNow()) - props.at;
  return (
    <span class="age" title={t.ageOf(props.of)}>
      {span === null ? t.never : t.age(spanText(span))}
    </span>
  );
}

interface SectionProps {
  readonly id: string;
  readonly title: string;
  /** Epoch ms of this browser from which its numbers are. */
  readonly at: number | null;
  readonly class?: string;
  readonly children: ComponentChildren;
}

export function Section({ id, title, at, children, ...rest }: SectionProps) {
  return (
    <section class={`section ${rest.class ?? ''}`} aria-labelledby={`${id}-title`}>
      <div class="section-head">
        <h2 id={`${id}-title`}>{title}</h2>
        <Age at={at} of={title} />
      </div>
      {children}
    </section>
  );
}

interface FactProps {
  readonly label: string;
  readonly value: string;
  readonly unit?: string | undefined;
  readonly tone?: string | undefined;
}

/** One number with its name and unit, inside a `<dl>`. */
export function Fact({ label, value, unit, tone }: FactProps) {
  return (
    <div class="fact">
      <dt>{label}</dt>
      <dd>
        <span class={`number ${tone ?? ''}`}>{value}</span>
        {unit !== undefined && <span class="unit">{unit}</span>}
      </dd>
    </div>
  );
}

interface TableProps {
  readonly label: string;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A table that scrolls in itself where it is wider than its column: the page never does. */
export function Table({ label, children, ...rest }: TableProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for inputs; a region, a landmark
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <div class={`scroll ${rest.class ?? ''}`} role="group" aria-label={label} tabIndex={0}>
      <table>{children}</table>
    </div>
  );
}

/** A column's name, with its unit below. */
export function Head(props: {
  readonly name: string;
  readonly unit?: string | undefined;
  readonly number?: boolean;
}) {
  return (
    <th scope="col" class={props.number === true ? 'number' : ''}>
      {props.name}
      {props.unit !== undefined && <span class="unit">{props.unit}</span>}
    </th>
  );
}
