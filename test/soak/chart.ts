/** Panels of lines as an SVG that needs neither script nor font of its own. */

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const [WIDTH, HEIGHT, LEFT, TOP, LEGEND] = [760, 150, 60, 30, 150];
const COLORS = ['#1b6ca8', '#c8553d', '#588157', '#8e6c8a', '#b08900', '#444444'];

/** Each panel from zero up, so that flat looks flat; x in minutes. */
export function drawPanels(panels: readonly { title: string; lines: readonly Line[] }[]): string {
  const height = panels.length * (HEIGHT + TOP + 30);
  const body = panels.map(({ title, lines }, index) =>
    drawPanel(title, lines, index * (HEIGHT + TOP + 30) + TOP),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + LEGEND} ${height}" ` +
      'font-family="sans-serif" font-size="11">',
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel(title: string, lines: readonly Line[], top: number): string {
  const points = lines.flatMap((line) => line.points);
  const xMax = Math.max(1, ...points.map(([x]) => x));
  const yMax = 1.1 * Math.max(1e-9, ...points.map(([, y]) => y).filter(Number.isFinite));
  const at = ([x, y]: readonly [number, number]): string => {
    const down = HEIGHT * (1 - Math.min(y, yMax) / yMax);
    return `${(LEFT + (x / xMax) * WIDTH).toFixed(1)},${(top + down).toFixed(1)}`;
  };
  const marks = [0, 0.5, 1].map((part) => {
    const y = top + HEIGHT * (1 - part / 1.1);
    const value = (yMax / 1.1) * part;
    return (
      `<line x1="${LEFT}" x2="${LEFT + WIDTH}" y1="${y}" y2="${y}" stroke="#dddddd"/>` +
      `<text x="${LEFT - 6}" y="${y + 4}" text-anchor="end">${Number(value.toPrecision(3))}</text>`
    );
  });
  const drawn = lines.map(({ name, points: own }, index) => {
    const color = COLORS[index % COLORS.length];
    const [x, y, points] = [LEFT + WIDTH + 8, top + 12 + 14 * index, own.map(at).join(' ')];
    return (
      `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="${points}"/>` +
      `<text x="${x}" y="${y}" fill="${color}">${name}</text>`
    );
  });
  const [right, below] = [LEFT + WIDTH, top + HEIGHT + 16];
  return [
    `<text x="${LEFT}" y="${top - 8}" font-weight="bold">${title}</text>`,
    ...marks,
    `<text x="${right}" y="${below}" text-anchor="end">${xMax.toFixed(0)} min</text>`,
    ...drawn,
  ].join('\n');
}
