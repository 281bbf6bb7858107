/** All that commands write: data to stdout, everything said to people about it to stderr. */

import { stripVTControlCharacters, styleText } from 'node:util';
import type { Fault } from '../fault.ts';

export type Cell = string | number | boolean | null | undefined;

/** Writes a result, with the end of its line. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Writes a result for programs. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** `bifrost: message`, and the remedy where there is one. */
export function printFault(fault: Pick<Fault, 'message' | 'remedy'>): void {
  const remedy = fault.remedy === undefined ? '' : `  → ${fault.remedy}\n`;
  process.stderr.write(`bifrost: ${fault.message}\n${remedy}`);
}

/** A closed pipe ends a command quietly: `bifrost operations | head` is no error. */
export function endOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode ?? 0);
  });
}

/** Columns as wide as their widest cell, numbers to the right, no space at the end of a line. */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => header.map((_, column) => cellText(row[column])));
  const widths = header.map((name, column) =>
    Math.max(name.length, ...texts.map((row) => widthOf(row[column] ?? ''))),
  );
  const numeric = header.map(
    (_, column) =>
      rows.some((row) => typeof row[column] === 'number') &&
      rows.every((row) => typeof (row[column] ?? 0) === 'number'),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        const space = ' '.repeat(Math.max(0, width - widthOf(cell)));
        return numeric[column] === true ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  return [line(header), ...texts.map(line)].join('\n');
}

/** A line of a table whose rows come one by one: numbers to the right, in columns of `widths`. */
export function fixedRow(cells: readonly Cell[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => {
      const width = widths[column] ?? 0;
      const text = cellText(cell);
      return typeof cell === 'number' ? text.padStart(width) : text.padEnd(width);
    })
    .join('  ')
    .trimEnd();
}

/** As it is seen: colours take no room. */
function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** `name  value` lines with the values under each other. */
export function fields(pairs: readonly (readonly [name: string, value: Cell])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}  ${cellText(value)}`).join('\n');
}

/** Coloured on a terminal only; `NO_COLOR` is heeded. */
export function lampText(lamp: 'green' | 'yellow' | 'red', text: string): string {
  return styleText(lamp, text, { stream: process.stdout });
}

/** Unix seconds as a time of day and date with its zone. */
export function timeText(seconds: number | null): string {
  if (seconds === null) return '-';
  return new Date(seconds * 1000)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
}

/** At most `digits` decimals, and no more than the number has. */
export function rounded(value: number | null, digits: number): number | null {
  return value === null ? null : Number(value.toFixed(digits));
}

function cellText(cell: Cell): string {
  return cell === null || cell === undefined ? '-' : String(cell);
}
