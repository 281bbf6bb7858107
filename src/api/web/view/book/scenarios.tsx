/** What the book would gain or lose: spot across, volatility down, coloured by how much. */

import { useState } from 'preact/hooks';
import type { RiskView } from '../../../../protocol/risk-view.ts';
import { NONE, plain, signed } from '../../format.ts';
import { call } from '../../state/http.ts';
import { bookTexts } from '../../text/pages/book.ts';
import { Age, Head, Table } from '../parts.tsx';
import { problemText } from '../sentence.tsx';
import { useReading } from '../use-reading.ts';

const MEASURES = ['pnl', 'net_delta', 'net_gamma'] as const;
type Measure = (typeof MEASURES)[number];
const DIGITS: Readonly<Record<Measure, number>> = { pnl: 0, net_delta: 0, net_gamma: 1 };
const SPOT_RANGES = [5, 10, 20, 40] as const;
const HORIZONS = { d0: 0, d1: 1, d5: 5, d10: 10 } as const;
type Horizon = keyof typeof HORIZONS;
const HORIZON_NAMES = Object.keys(HORIZONS) as readonly Horizon[];

/** Odd, so that now is in the middle. */
const SPOT_POINTS = 11;
const VOL_STEPS = 5;
const VOL_POINTS = 10;

export function Scenarios({ symbol }: { readonly symbol: string }) {
  const t = bookTexts().scenarios;
  const [measure, setMeasure] = useState<Measure>('pnl');
  const [range, setRange] = useState<number>(10);
  const [horizon, setHorizon] = useState<Horizon>('d0');
  const days = HORIZONS[horizon];
  const grid = { spot_points: SPOT_POINTS, vol_points: VOL_POINTS, vol_steps: VOL_STEPS };
  const dates = { days, day_steps: days === 0 ? 1 : 2 };
  const ask = () => call('risk', { symbol, spot_pct: range, ...grid, ...dates });
  const asked = useReading(`${symbol} ${range} ${horizon}`, ask, 0);
  return (
    <section class="section" aria-labelledby="scenarios-title">
      <div class="section-head">
        <h2 id="scenarios-title">{t.title}</h2>
        <Age at={asked.at} of={t.title} />
      </div>
      <p class="unit">{t.says}</p>
      <div class="filters">
        <Select label={t.measure} value={measure} choose={setMeasure} options={MEASURES}>
          {(name) => t.measures[name]}
        </Select>
        <Select label={t.spotRange} value={range} choose={setRange} options={SPOT_RANGES}>
          {(percent) => t.percent(`±${percent}`)}
        </Select>
        <Select label={t.horizon} value={horizon} choose={setHorizon} options={HORIZON_NAMES}>
          {(name) => t.horizons[name]}
        </Select>
        <button type="button" disabled={asked.asking} onClick={asked.again}>
          {asked.asking ? t.computing : t.again}
        </button>
      </div>
      {asked.problem !== null && <p class="loss">{problemText(asked.problem, t.failed)}</p>}
      {asked.value !== null && <HeatMap risk={asked.value} measure={measure} />}
      {asked.value !== null && <QuoteVols risk={asked.value} />}
    </section>
  );
}

interface SelectProps<T extends string | number> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly T[];
  readonly choose: (value: T) => void;
  readonly children: (value: T) => string;
}

function Select<T extends string | number>(props: SelectProps<T>) {
  const { label, value, options, choose, children } = props;
  return (
    <label>
      <span class="unit">{label}</span>{' '}
      <select
        value={String(value)}
        onChange={({ currentTarget }) => {
          const chosen = options.find((option) => String(option) === currentTarget.value);
          if (chosen !== undefined) choose(chosen);
        }}
      >
        {options.map((option) => (
          <option key={option} value={String(option)}>
            {children(option)}
          </option>
        ))}
      </select>
    </label>
  );
}

function HeatMap({ risk, measure }: { readonly risk: RiskView; readonly measure: Measure }) {
  const t = bookTexts().scenarios;
  // The grid's last date is the one that was asked for.
  const rows = risk[measure].at(-1) ?? [];
  const most = Math.max(...rows.flat().map(Math.abs), 1e-9);
  const { spots, spot } = risk;
  return (
    <>
      <Table label={`${t.title}: ${t.measures[measure]}, ${t.units[measure]}`} class="heat">
        <thead>
          <tr>
            <th scope="col">
              {t.volatility}
              <span class="unit">{t.units[measure]}</span>
            </th>
            {spots.map((price) => (
              <th key={price} scope="col" class="number">
                {plain(price, 2)}
                <span class="unit">{t.percent(signed((price / spot - 1) * 100, 1))}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={risk.vol_points[row]}>
              <th scope="row">{t.points(signed(risk.vol_points[row], 1))}</th>
              {cells.map((value, column) => (
                <Cell
                  key={spots[column]}
                  value={value}
                  most={most}
                  digits={DIGITS[measure]}
                  isNow={risk.vol_points[row] === 0 && spots[column] === spot}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </Table>
      <p class="unit">
        {t.priced(plain(spot, 2), plain(risk.legs), signed(risk.shares))}{' '}
        {risk.left_out.length > 0 && t.leftOut(risk.left_out.join(', '))}
      </p>
    </>
  );
}

/** What the quotes of the legs imply, and whether puts and calls agree on the forward. */
function QuoteVols({ risk: { quotes } }: { readonly risk: RiskView }) {
  const t = bookTexts().quoteVols;
  if (quotes.length === 0) return null;
  const percent = (iv: number | null): string => plain(iv === null ? null : iv * 100, 2);
  return (
    <Table label={t.title} class="legs">
      <thead>
        <tr>
          <Head name={t.title} />
          <Head number name={t.bid} unit="%" />
          <Head number name={t.mid} unit="%" />
          <Head number name={t.ask} unit="%" />
          <Head number name={t.forward} unit={t.usd} />
          <Head number name={t.parity} unit={t.usd} />
        </tr>
      </thead>
      <tbody>
        {quotes.map((quote) => (
          <tr key={quote.con_id}>
            <th scope="row">{quote.label}</th>
            <td class="number">{percent(quote.bid_iv)}</td>
            <td class="number">{percent(quote.mid_iv)}</td>
            <td class="number">{percent(quote.ask_iv)}</td>
            <td class="number">{plain(quote.forward, 2)}</td>
            <td class="number">
              {quote.parity_low === null
                ? NONE
                : `${plain(quote.parity_low, 2)} – ${plain(quote.parity_high, 2)}`}
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

interface CellProps {
  readonly value: number;
  readonly most: number;
  readonly digits: number;
  readonly isNow: boolean;
}

function Cell({ value, most, digits, isNow }: CellProps) {
  const heat = Math.round((Math.abs(value) / most) * 45);
  const kind = value < 0 ? 'cold' : 'hot';
  return (
    <td class={`number ${kind} ${isNow ? 'here' : ''}`} style={{ '--heat': `${heat}%` }}>
      {signed(value, digits)}
    </td>
  );
}
