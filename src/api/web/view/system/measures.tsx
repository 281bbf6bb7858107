/** How long the stages of the engine take, and what waits: from the metrics of the daemon. */

import { plain } from '../../format.ts';
import {
  type HistogramSummary,
  histogramsOf,
  type Sample,
  samplesOf,
} from '../../state/exposition.ts';
import { readText } from '../../state/http.ts';
import { systemTexts } from '../../text/pages/system.ts';
import { Head, Section, Table } from '../parts.tsx';
import { useReading } from '../use-reading.ts';

const REREAD_MS = 5000;
/** Gauges that say how far something is behind. */
const BEHIND = [
  'inputs_waiting',
  'book_data_lag_seconds',
  'event_loop_use_ratio',
  'database_lag_bytes',
] as const;
type Behind = (typeof BEHIND)[number];

export function Measures() {
  const t = systemTexts();
  const asked = useReading('metrics', () => readText('/metrics'), REREAD_MS);
  const samples = asked.value === null ? [] : samplesOf(asked.value);
  const histograms = histogramsOf(samples).filter(({ count }) => count > 0);
  const gauges = BEHIND.flatMap((gauge) =>
    samples.flatMap((sample) => (shortName(sample.name) === gauge ? [{ gauge, sample }] : [])),
  );
  return (
    <div class="system-facts">
      <Section id="latencies" title={t.latencies} at={asked.at}>
        {histograms.length === 0 ? (
          <p class="empty">{asked.value === null && asked.asking ? t.reading : t.noLatencies}</p>
        ) : (
          <Latencies histograms={histograms} />
        )}
      </Section>
      {gauges.length > 0 && (
        <Section id="gauges" title={t.gauges} at={asked.at}>
          <Gauges gauges={gauges} />
        </Section>
      )}
    </div>
  );
}

function Latencies({ histograms }: { readonly histograms: readonly HistogramSummary[] }) {
  const t = systemTexts();
  return (
    <>
      <Table label={t.latencies} class="measures">
        <thead>
          <tr>
            <Head name={t.stage} />
            <Head number name={t.count} />
            <Head number name={t.median} unit={t.ms} />
            <Head number name={t.p99} unit={t.ms} />
            <th scope="col" class="wide">
              {t.spread}
            </th>
          </tr>
        </thead>
        <tbody>
          {histograms.map(({ name, labels, count, p50, p99, bins }) => (
            <tr key={`${name} ${labels}`}>
              <th scope="row">
                <StageName name={name} labels={labels} />
              </th>
              <td class="number">{plain(count)}</td>
              <td class="number">{inMs(name, p50)}</td>
              <td class="number">{inMs(name, p99)}</td>
              <td class="wide">
                <Bars counts={bins} label={t.spreadOf(labelText(labels) || shortName(name))} />
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
      <p class="unit">{t.latencyNote}</p>
    </>
  );
}

const BAR = 5;
const BARS_HEIGHT = 22;

/** A bar for each bin; one that holds anything is seen, however few that are. */
function Bars({ counts, label }: { readonly counts: readonly number[]; readonly label: string }) {
  const most = Math.max(1, ...counts);
  const width = counts.length * BAR;
  return (
    <svg class="bins" width={width} height={BARS_HEIGHT} role="img" aria-label={label}>
      {counts.map((count, bin) => {
        const height = count === 0 ? 0 : Math.max(1.5, (count / most) * BARS_HEIGHT);
        return (
          <rect key={bin} x={bin * BAR} y={BARS_HEIGHT - height} width={BAR - 1} height={height}>
            <title>{plain(count)}</title>
          </rect>
        );
      })}
    </svg>
  );
}

/** A stage of ours has words; another histogram has its name. */
function StageName({ name, labels }: { readonly name: string; readonly labels: string }) {
  const stage = labelText(labels);
  const words = systemTexts().stages[stage];
  if (words !== undefined && name === STAGE_METRIC) {
    return (
      <>
        {stage} <span class="unit">{words}</span>
      </>
    );
  }
  return (
    <>
      {stage || shortName(name)}
      {stage !== '' && <span class="unit">{shortName(name)}</span>}
    </>
  );
}

interface BehindOf {
  readonly gauge: Behind;
  readonly sample: Sample;
}

function Gauges({ gauges }: { readonly gauges: readonly BehindOf[] }) {
  const t = systemTexts();
  return (
    <Table label={t.gauges} class="measures measures-long">
      <thead>
        <tr>
          <Head name={t.gauge} />
          <Head number name={t.value} />
        </tr>
      </thead>
      <tbody>
        {gauges.map(({ gauge, sample: { labels, value } }) => {
          const { factor, digits } = SHOWN[gauge];
          return (
            <tr key={`${gauge} ${labels}`}>
              <th scope="row">
                {t.behind[gauge]} {labels !== '' && <span class="unit">{labelText(labels)}</span>}
              </th>
              <td class="number">
                {plain(value * factor, digits)} <span class="unit">{t.behindUnits[gauge]}</span>
              </td>
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}

/** From the unit of the metric to the one that is shown. */
const SHOWN: Readonly<Record<Behind, { readonly factor: number; readonly digits: number }>> = {
  inputs_waiting: { factor: 1, digits: 0 },
  book_data_lag_seconds: { factor: 1000, digits: 0 },
  event_loop_use_ratio: { factor: 100, digits: 1 },
  database_lag_bytes: { factor: 1 / 1000, digits: 0 },
};

const STAGE_METRIC = 'bifrost_stage_seconds';

function shortName(name: string): string {
  return name.replace(/^bifrost_/, '');
}

/** `stage="ack"` as `ack`; of several all, parted by a comma. */
function labelText(labels: string): string {
  return [...labels.matchAll(/"([^"]*)"/g)].map(([, value]) => value).join(', ');
}

/** Metrics are told in seconds, by their names. */
function inMs(name: string, value: number | null): string {
  if (value === null) return '–';
  const ms = name.endsWith('_seconds') ? value * 1000 : value;
  return plain(ms, ms < 10 ? 2 : 0);
}
