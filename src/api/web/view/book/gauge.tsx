/** Net delta against its band: the one picture that says whether a hedge is near. */

import type { BookView } from '../../../../protocol/views.ts';
import { brief, signed } from '../../format.ts';
import { texts } from '../../text/language.ts';
import { gaugeScale, labelledMarks } from './gauge-scale.ts';

const HEIGHT = 62;
const TRACK_TOP = 18;
const TRACK_HEIGHT = 22;
const TRACK_END = TRACK_TOP + TRACK_HEIGHT;

export function Gauge({ book }: { readonly book: BookView }) {
  const t = texts();
  const { band, net_delta: delta } = book;
  const { low, high, trigger_low: triggerLow, trigger_high: triggerHigh } = band;
  const scale = gaugeScale(delta, band);
  const { at } = scale;
  const [from, until] = [triggerLow === null ? 0 : at(triggerLow), at(triggerHigh ?? scale.reach)];
  const marks = [0, triggerLow, triggerHigh, low, high].filter((mark) => mark !== null);
  const stands = standsText(book);
  const bounds = triggerText(band);
  const label = t.gauge.label(signed(delta, 1), rangeText(low, high), bounds, stands);
  const hedges = book.state_space.D === 'D2' || book.state_space.D === 'D3';
  return (
    <figure class="gauge">
      <figcaption>
        <span class="gauge-title">{t.gauge.title}</span>
        <span class="gauge-value number">{signed(delta, 1)}</span>
        <span class="unit">{t.book.shares}</span>
        <span class={hedges ? 'gauge-stands hedges' : 'gauge-stands'}>{stands}</span>
      </figcaption>
      <svg width="100%" height={HEIGHT} role="img" aria-label={label}>
        <Zone class="zone-hedge" from={0} to={from} />
        <Zone class="zone-watch" from={from} to={until} />
        <Zone class="zone-hedge" from={until} to={100} />
        <Zone class="zone-band" from={at(low)} to={at(high)} />
        <line class="zero" x1="50%" x2="50%" y1={TRACK_TOP} y2={TRACK_END} />
        {labelledMarks(scale, marks).map((mark) => (
          <Mark key={mark} x={at(mark)} text={markText(mark)} />
        ))}
        <text class="zone-name" x="50%" y="12" text-anchor="middle">
          {t.gauge.band} {rangeText(low, high)}
        </text>
        <text class="zone-name" x="0" y="12">
          ← {t.gauge.threshold}
        </text>
        <text class="zone-name" x="100%" y="12" text-anchor="end">
          {t.gauge.threshold} →
        </text>
        <Target x={at((band.target_low + band.target_high) / 2)} />
        {delta !== null && <Needle x={at(delta)} />}
      </svg>
      <p class="gauge-policy unit" data-testid="policy">
        {t.gauge.policies[band.policy]}
        {band.fallback && ` (${t.gauge.fallback})`} · {t.gauge.band} {rangeText(low, high)} ·{' '}
        {t.gauge.threshold} {bounds} · ▲ {t.gauge.target}{' '}
        {rangeText(band.target_low, band.target_high)} {t.book.shares}
      </p>
    </figure>
  );
}

function Zone(props: { readonly class: string; readonly from: number; readonly to: number }) {
  const width = Math.max(0, props.to - props.from);
  return (
    <rect
      class={props.class}
      x={`${props.from}%`}
      width={`${width}%`}
      y={TRACK_TOP}
      height={TRACK_HEIGHT}
    />
  );
}

function Mark({ x, text }: { readonly x: number; readonly text: string }) {
  return (
    <>
      <line class="mark" x1={`${x}%`} x2={`${x}%`} y1={TRACK_END} y2={TRACK_END + 4} />
      <text class="mark-text" x={`${x}%`} y={HEIGHT - 4} text-anchor="middle">
        {text}
      </text>
    </>
  );
}

/** Where a hedge would end. */
function Target({ x }: { readonly x: number }) {
  return (
    <svg class="target" x={`${x}%`} overflow="visible" aria-hidden="true">
      <path d={`M -6 ${TRACK_END} L 6 ${TRACK_END} L 0 ${TRACK_END - 8} Z`} />
    </svg>
  );
}

function Needle({ x }: { readonly x: number }) {
  return (
    <svg class="needle" x={`${x}%`} overflow="visible" aria-hidden="true">
      <rect x="-1.5" width="3" y={TRACK_TOP - 4} height={TRACK_HEIGHT + 8} rx="1.5" />
      <circle cx="0" cy={TRACK_TOP + TRACK_HEIGHT / 2} r="5" />
    </svg>
  );
}

function standsText(book: BookView): string {
  const words: Readonly<Record<string, string>> = texts().gauge.stands;
  return words[book.state_space.D] ?? book.state_space.D;
}

function markText(shares: number): string {
  return shares > 0 ? `+${brief(shares, 1)}` : brief(shares, 1);
}

/** Where hedging begins, if anywhere for now. */
function triggerText({ trigger_low: low, trigger_high: high }: BookView['band']): string {
  return low === null || high === null ? texts().gauge.notNow : rangeText(low, high);
}

function rangeText(low: number, high: number): string {
  if (low === high) return brief(low, 1);
  return low === -high ? `±${brief(high, 1)}` : `${brief(low, 1)} … ${brief(high, 1)}`;
}
