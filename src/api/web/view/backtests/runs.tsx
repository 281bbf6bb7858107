/** One kept run in full, or two side by side. */

import type { BacktestView } from '../../../../protocol/backtest-view.ts';
import { newYorkTime, plain, signed } from '../../format.ts';
import { differencesOf } from '../../state/difference.ts';
import { type Answer, call } from '../../state/http.ts';
import { backtestsTexts } from '../../text/pages/backtests.ts';
import { Plot } from '../book/plot.tsx';
import { Head, Section, spanText, Table } from '../parts.tsx';
import { problemText } from '../sentence.tsx';
import { useReading } from '../use-reading.ts';

export function Runs({ ids }: { readonly ids: readonly string[] }) {
  const t = backtestsTexts();
  const asked = useReading(ids.join(), () => readAll(ids), 0);
  const runs = asked.value;
  return (
    <Section id="runs" title={ids.map((id) => `${nameIn(ids, id)}${id}`).join(' · ')} at={asked.at}>
      {asked.problem !== null && <p class="loss">{problemText(asked.problem, t.failed)}</p>}
      {runs === null ? (
        asked.problem === null && <p class="empty">{t.reading}</p>
      ) : (
        <>
          <h3>{t.equity}</h3>
          <div class="runs-plots">
            {runs.map((run) => (
              <Equity key={run.id} run={run} name={nameIn(ids, run.id)} />
            ))}
          </div>
          <Totals runs={runs} />
          <Settings runs={runs} />
          <div class="runs-tables">
            <Counts title={t.attribution} runs={runs} of={usdOf} text={signedUsd} />
            <Counts title={t.gates} runs={runs} of={gatesOf} text={plain} />
            <Counts title={t.states} runs={runs} of={statesOf} text={spanText} />
          </div>
        </>
      )}
    </Section>
  );
}

/** Two that stand beside each other have short names: the time of a run is longer than a column. */
function nameIn(ids: readonly string[], id: string): string {
  return ids.length < 2 ? '' : `${'AB'[ids.indexOf(id)] ?? ''} `;
}

const usdOf = (run: BacktestView) => run.attribution;
const gatesOf = (run: BacktestView) => run.block_reasons;
const statesOf = (run: BacktestView) => run.time_in_state;
const signedUsd = (value: number) => signed(value, 2);

async function readAll(ids: readonly string[]): Promise<Answer<readonly BacktestView[]>> {
  const runs: BacktestView[] = [];
  for (const id of ids) {
    const answer = await call('backtest', { id });
    if (answer.kind !== 'ok') return answer;
    runs.push(answer.body);
  }
  return { kind: 'ok', body: runs };
}

function Equity({ run, name }: { readonly run: BacktestView; readonly name: string }) {
  const t = backtestsTexts();
  if (run.equity.length < 2) return null;
  return (
    <Plot
      label={`${run.id}: ${t.pnl} ${signed(run.totals.pnl, 2)} ${t.usd}`}
      height={190}
      x={run.equity.map(([ts]) => ts / 1000)}
      xLabel={t.newYork}
      xText={(ts, span) => {
        const text = newYorkTime(ts * 1000);
        return span > 2 * 86_400 ? text.slice(0, 10) : text.slice(11, 16);
      }}
      isTime
      lines={[
        {
          ...{ label: `${name}${t.pnl}`, unit: t.usd, digits: 2, ink: 'accent' },
          values: run.equity.map(([, pnl]) => pnl),
        },
      ]}
    />
  );
}

interface RunsProps {
  readonly runs: readonly BacktestView[];
}

function Totals({ runs }: RunsProps) {
  const t = backtestsTexts();
  const rows: readonly (readonly [string, (run: BacktestView) => string])[] = [
    [`${t.pnl}, ${t.usd}`, ({ totals }) => signed(totals.pnl, 2)],
    [`${t.drawdown}, ${t.usd}`, ({ totals }) => plain(totals.max_drawdown, 2)],
    [t.sharpe, ({ totals }) => plain(totals.sharpe, 2)],
    [t.hedges, ({ totals }) => plain(totals.hedges)],
    [t.orders, ({ totals }) => plain(totals.orders)],
    [t.rejects, ({ totals }) => plain(totals.rejects)],
    [`${t.commission}, ${t.usd}`, ({ totals }) => plain(totals.commissions, 2)],
    [`${t.slippage}, ${t.usd}`, ({ totals }) => plain(totals.slippage, 2)],
    [`${t.spread}, ${t.usd}`, ({ totals }) => plain(totals.option_spread, 2)],
    [`${t.turnover}, ${t.usd}`, ({ totals }) => plain(totals.turnover)],
    [t.quotes, ({ totals }) => plain(totals.quotes)],
    [t.seed, ({ seed }) => String(seed)],
    [t.data, (run) => run.data_hash.slice(0, 12)],
    [t.config, (run) => run.config_hash.slice(0, 12)],
    [t.version, ({ version }) => version],
  ];
  return (
    <Table label={t.run} class="side-by-side">
      <Heads runs={runs} />
      <tbody>
        {rows.map(([name, textOf]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {runs.map((run) => (
              <td key={run.id} class="number">
                {textOf(run)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Heads({ runs }: RunsProps) {
  const t = backtestsTexts();
  const ids = runs.map(({ id }) => id);
  return (
    <thead>
      <tr>
        <Head name={t.measure} />
        {runs.map(({ id }) => (
          <Head key={id} number name={nameIn(ids, id).trim() || id} />
        ))}
      </tr>
    </thead>
  );
}

/** Only of two there is a difference. */
function Settings({ runs }: RunsProps) {
  const t = backtestsTexts();
  const [one, other] = runs;
  if (one === undefined || other === undefined) return null;
  const rows = differencesOf(
    { gates: one.gates, hedging: one.hedging },
    { gates: other.gates, hedging: other.hedging },
  );
  return (
    <>
      <h3>{t.settings}</h3>
      {rows.length === 0 ? (
        <p class="empty">{t.sameSettings}</p>
      ) : (
        <Table label={t.settings} class="side-by-side">
          <Heads runs={runs} />
          <tbody>
            {rows.map((row) => (
              <tr key={row.key}>
                <th scope="row">
                  <code>{row.key}</code>
                </th>
                <td class="number">{row.one}</td>
                <td class="number">{row.other}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </>
  );
}

interface CountsProps extends RunsProps {
  readonly title: string;
  readonly of: (run: BacktestView) => Readonly<Record<string, number>>;
  readonly text: (value: number) => string;
}

function Counts({ title, runs, of, text }: CountsProps) {
  const names = [...new Set(runs.flatMap((run) => Object.keys(of(run))))];
  if (names.length === 0) return null;
  return (
    <div>
      <h3>{title}</h3>
      <Table label={title} class="side-by-side">
        <Heads runs={runs} />
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              {runs.map((run) => (
                <td key={run.id} class="number">
                  {text(of(run)[name] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}
