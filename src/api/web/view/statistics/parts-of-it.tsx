/** The tables of the statistics beside their course. */

import type { StatisticsView } from '../../../../protocol/statistics-view.ts';
import { shortState } from '../../chart-paths.ts';
import { brief, isoDay, plain, signed, toneOf } from '../../format.ts';
import { wordsFor } from '../../text/language.ts';
import { statisticsTexts } from '../../text/pages/statistics.ts';
import { REASON_WORDS, STATE_WORDS } from '../../text/words.ts';
import { Bar } from '../bar-row.tsx';
import { Head, spanText, Table } from '../parts.tsx';

interface PartProps {
  readonly view: StatisticsView;
}

/** Parts without an amount are left out; the total never is. */
export function Attribution({ view }: PartProps) {
  const t = statisticsTexts();
  const entries = Object.entries(view.attribution);
  const amounts = entries.filter(([part, usd]) => part === 'total' || Math.abs(usd) >= 0.005);
  const most = Math.max(...entries.map(([, usd]) => Math.abs(usd)));
  const names: Readonly<Record<string, string>> = t.parts;
  return (
    <div>
      <h3>{t.attribution}</h3>
      <Table label={t.attribution}>
        <thead>
          <tr>
            <Head name={t.part} />
            <Head number name={t.pnl} unit={t.usd} />
            <td />
          </tr>
        </thead>
        <tbody>
          {amounts.map(([part, usd]) => (
            <tr key={part} class={part === 'total' ? 'total' : ''}>
              <th scope="row">{names[part] ?? part}</th>
              <td class={`number ${toneOf(usd)}`}>{signed(usd, 2)}</td>
              <td>
                <Bar value={usd} most={most} tone={toneOf(usd)} />
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}

export function Distribution({ view }: PartProps) {
  const t = statisticsTexts();
  const { hedge_pnl: pnl } = view;
  if (pnl === null) {
    return (
      <div>
        <h3>{t.distribution}</h3>
        <p class="empty">{t.noDistribution}</p>
      </div>
    );
  }
  const most = Math.max(...pnl.histogram.map(({ count }) => count));
  return (
    <div>
      <h3>{t.distribution}</h3>
      <p class="unit">{t.spread(signed(pnl.mean, 2), plain(pnl.deviation, 2))}</p>
      <Table label={t.distribution} class="statistics-table">
        <thead>
          <tr>
            <Head number name={t.bin} />
            <Head number name={t.count} />
            <td />
          </tr>
        </thead>
        <tbody>
          {pnl.histogram.map(({ from, until, count }) => (
            <tr key={from}>
              <th scope="row" class="number">
                {signed(from, 2)}
              </th>
              <td class="number">{plain(count)}</td>
              <td>
                <Bar
                  value={count}
                  most={most}
                  tone={until <= 0 ? 'loss' : from >= 0 ? 'win' : ''}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}

export function Books({ view }: PartProps) {
  const t = statisticsTexts();
  return (
    <div>
      <h3>{t.books}</h3>
      <Table label={t.books}>
        <thead>
          <tr>
            <Head name={t.book} />
            <Head number name={t.pnl} unit={t.usd} />
            <Head number name={t.hedges} />
            <Head number name={t.commission} unit={t.usd} />
            <Head number name={t.hedgeWins} />
          </tr>
        </thead>
        <tbody>
          {view.books.map(({ symbol, account, pnl, hedges, commission, hedge_wins: won }) => (
            <tr key={`${symbol} ${account}`}>
              <th scope="row">
                {symbol} <span class="unit">{account}</span>
              </th>
              <td class={`number ${toneOf(pnl)}`}>{signed(pnl, 2)}</td>
              <td class="number">{plain(hedges)}</td>
              <td class="number">{plain(commission, 2)}</td>
              <td class="number">{won.rate === null ? '–' : `${brief(100 * won.rate, 1)} %`}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}

export function Blocks({ view }: PartProps) {
  const t = statisticsTexts();
  const { blocks } = view;
  return (
    <div>
      <h3>{t.blocks}</h3>
      {blocks.length === 0 ? (
        <p class="empty">{t.noBlocks}</p>
      ) : (
        <Table label={t.blocks} class="statistics-table">
          <thead>
            <tr>
              <Head name={t.day} />
              <Head name={t.kind} />
              <Head name={t.reason} />
              <Head number name={t.count} />
            </tr>
          </thead>
          <tbody>
            {blocks.map(({ day, kind, reason, count }) => (
              <tr key={`${day} ${kind} ${reason}`}>
                <th scope="row">{isoDay(day)}</th>
                <td>{kind}</td>
                <td>{wordsFor(REASON_WORDS, reason) ?? reason}</td>
                <td class="number">{plain(count)}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </div>
  );
}

export function States({ view }: PartProps) {
  const t = statisticsTexts();
  const states = view.states.filter(({ machine }) => !machine.startsWith('actor:'));
  return (
    <div class="states-table">
      <h3>{t.states}</h3>
      <Table label={t.states} class="statistics-table">
        <thead>
          <tr>
            <Head name={t.machine} />
            <Head name={t.state} />
            <Head number name={t.time} />
            <Head number name={t.share} unit="%" />
            <td />
            <Head number name={t.visits} />
          </tr>
        </thead>
        <tbody>
          {states.map(({ machine, state, seconds, share, visits }) => (
            <tr key={`${machine} ${state}`}>
              <th scope="row">{machine}</th>
              <td>
                <code>{shortState(state, '')}</code>{' '}
                <span class="unit">{wordsFor(STATE_WORDS, state)}</span>
              </td>
              <td class="number">{spanText(seconds * 1000)}</td>
              <td class="number">{plain(100 * share, 1)}</td>
              <td>
                <Bar value={share} most={1} />
              </td>
              <td class="number">{plain(visits)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}
