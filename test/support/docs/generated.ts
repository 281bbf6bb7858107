/** A page that is made from the sources, and the helpers that such pages share. */

export interface GeneratedFile {
  /** From the project's root. */
  readonly path: string;
  readonly content: string;
}

/** A table whose cells cannot break it. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => {
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  };
  return [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** Names what a generated page is made from, for whoever is about to edit it. */
export function madeFrom(source: string): string {
  return `<!-- Made by \`npm run docs\` from ${source}: change it there. -->`;
}
