/** The statechart to take away: the picture as it is now, or the definition in other notations. */

import { texts } from '../../text/language.ts';

export function SaveLinks({ id }: { readonly id: string }) {
  const t = texts().inspector;
  const definition = `/machines/${encodeURIComponent(id)}/definition?format=`;
  const name = id.replace(/[^A-Za-z0-9]+/g, '-');
  return (
    <p class="save-links">
      {t.save}{' '}
      <button type="button" class="link" onClick={() => savePicture(`${name}.svg`)}>
        SVG
      </button>
      {', '}
      <button type="button" class="link" onClick={() => void saveBitmap(`${name}.png`)}>
        PNG
      </button>
      {', '}
      <a href={`${definition}mermaid`} download={`${name}.mmd`}>
        Mermaid
      </a>
      {', '}
      <a href={`${definition}scxml`} download={`${name}.scxml`}>
        SCXML
      </a>
    </p>
  );
}

/** The styles that the page gives a chart, written into the picture: it stands alone. */
const DRAWN = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'font-family', 'font-size'];

function pictureNow(): { readonly text: string; readonly width: number; readonly height: number } {
  const chart = document.querySelector<SVGSVGElement>('svg.chart');
  if (chart === null) throw new Error('no chart is shown');
  const copy = chart.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) throw new Error('a chart is a picture');
  const originals = [...chart.querySelectorAll('*')];
  for (const [index, element] of [...copy.querySelectorAll('*')].entries()) {
    const original = originals[index];
    if (original === undefined) continue;
    const style = getComputedStyle(original);
    for (const name of DRAWN) element.setAttribute(name, style.getPropertyValue(name));
  }
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  const { width, height } = chart.viewBox.baseVal;
  return { text: new XMLSerializer().serializeToString(copy), width, height };
}

function savePicture(name: string): void {
  offer(new Blob([pictureNow().text], { type: 'image/svg+xml' }), name);
}

async function saveBitmap(name: string): Promise<void> {
  const { text, width, height } = pictureNow();
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  // Twice the size: for a screen that has two dots for each of ours.
  [canvas.width, canvas.height] = [2 * width, 2 * height];
  const pen = canvas.getContext('2d');
  if (pen === null) throw new Error('this browser draws no bitmaps');
  pen.fillStyle = getComputedStyle(document.body).backgroundColor;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => {
    if (blob !== null) offer(blob, name);
  });
}

function offer(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
