/** Parts of a page that needs nothing else: no network, no other file, no script but its own. */

import { escapeText } from './chart.ts';

/** The whole page. */
export function htmlPage(title: string, parts: readonly string[], script = ''): string {
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${escapeText(title)}</title>`,
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<style>${STYLE}</style></head><body><main>`,
    ...parts,
    script === '' ? '</main></body></html>' : `</main><script>${script}</script></body></html>`,
    '',
  ].join('\n');
}

/** Names with their texts under each other. */
export function pairs(rows: readonly (readonly [string, string])[]): string {
  const items = rows.map(
    ([name, text]) => `<dt>${escapeText(name)}</dt><dd>${escapeText(text)}</dd>`,
  );
  return `<dl>${items.join('')}</dl>`;
}

/** Rows as `row` makes them; `all`: how many there would be. */
export function table(
  head: readonly string[],
  rows: readonly string[],
  all: number = rows.length,
  id = '',
): string {
  const rest = all > rows.length ? `<p>${rows.length} of ${all}; the JSON has more.</p>` : '';
  const names = head.map((name) => `<th scope="col">${escapeText(name)}</th>`).join('');
  const named = id === '' ? '' : ` id="${id}"`;
  const body = `<tbody>${rows.join('')}</tbody>`;
  const inner = `<table${named}><thead><tr>${names}</tr></thead>${body}</table>`;
  return `${rest}<div class="wide" tabindex="0">${inner}</div>`;
}

/** Numbers stand to the right. */
export function row(cells: readonly (string | number)[], className = ''): string {
  const texts = cells.map((cell) =>
    typeof cell === 'number' || /^[-−]?[\d.]+( %)?$/.test(cell)
      ? `<td class="number">${escapeText(String(cell))}</td>`
      : `<td>${escapeText(cell)}</td>`,
  );
  const named = className === '' ? '' : ` class="${className}"`;
  return `<tr${named}>${texts.join('')}</tr>`;
}

/** Shut until it is opened. */
export function drawer(name: string, body: string): string {
  return `<details><summary><h2>${escapeText(name)}</h2></summary>${body}</details>`;
}

/** Something written down exactly. */
export function jsonText(value: unknown): string {
  return `<pre tabindex="0">${escapeText(JSON.stringify(value, null, 1))}</pre>`;
}

const STYLE = `
:root{color-scheme:light dark}
:root{--c0:#1668b8;--c1:#c2410c;--c2:#15803d;--c3:#7c3aed;--c4:#a16207;--c5:#64748b;--c6:#be123c}
@media(prefers-color-scheme:dark){:root{--c0:#6cb2f7;--c1:#fb923c;--c2:#4ade80;--c3:#c4a3ff;
--c4:#facc15;--c5:#a5b4c8;--c6:#fb7185}}
body{font:15px/1.45 system-ui,sans-serif;margin:24px 0;padding:0 16px}
main{max-width:920px;margin:0 auto}
h1{font-size:22px}h2{font-size:18px;margin:28px 0 8px}summary h2{display:inline}
h3{font-size:15px;margin:20px 0 6px;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px}
dt{opacity:.75}dd{margin:0;overflow-wrap:anywhere}
figure{margin:16px 0}figcaption{font-weight:600}figcaption span{white-space:nowrap}
svg{width:100%;height:auto}
svg text{font:11px system-ui,sans-serif;fill:currentColor}
.ytick{text-anchor:end;dominant-baseline:middle}.xtick{text-anchor:middle}.last{text-anchor:end}
.grid{stroke:currentColor;opacity:.15}.zero{stroke:currentColor;opacity:.5}
polyline{fill:none;stroke-width:1.4}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px}
td,th{padding:2px 8px;text-align:left;border-bottom:1px solid #8884;white-space:nowrap}
.number{text-align:right;font-variant-numeric:tabular-nums}
.best td{font-weight:600}
.heat{text-align:right;font-variant-numeric:tabular-nums;
background:color-mix(in srgb,var(--c0) calc(var(--s)*65%),transparent)}
pre{overflow-x:auto;font-size:12px}.warn{color:#c2410c}.quiet{opacity:.75}
@media(max-width:600px){figure{overflow-x:auto}svg{min-width:640px}
dl{grid-template-columns:1fr;gap:0}dt{font-size:13px}dd{margin-bottom:6px}}
`;
