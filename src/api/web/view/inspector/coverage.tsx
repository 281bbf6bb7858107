/** Which ways of a statechart were ever gone: live, as the history has it, and in the tests. */

import { plain } from '../../format.ts';
import type { Coverage } from '../../state/coverage.ts';
import { texts } from '../../text/language.ts';
import { inspectionTexts } from '../../text/pages/inspector.ts';
import { Head, Table } from '../parts.tsx';

interface CoverageProps {
  readonly coverage: Coverage;
  readonly toured: boolean;
}

export function CoverageTable({ coverage, toured }: CoverageProps) {
  const t = inspectionTexts();
  const { ways } = coverage;
  const live = ways.filter((way) => way.live > 0).length;
  const all = plain(ways.length);
  return (
    <div class="coverage" data-testid="coverage">
      <p>
        {t.heatSum(plain(live), all, toured ? all : '–')}{' '}
        <span class="unit">{toured ? t.heatNote : ''}</span>
      </p>
      <Table label={t.heat} class="steps">
        <thead>
          <tr>
            <Head name={t.way} />
            <Head name={texts().inspector.event} />
            <Head number name={t.live} />
            <Head name={t.inTests} />
          </tr>
        </thead>
        <tbody>
          {ways
            .toSorted((a, b) => b.live - a.live)
            .map(({ edge, live: count }) => (
              <tr key={`${edge.from} ${edge.event} ${edge.guard} ${edge.to}`}>
                <th scope="row">
                  {edge.from} → {edge.to}
                </th>
                <td>
                  {edge.event} {edge.guard !== null && <span class="unit">[{edge.guard}]</span>}
                </td>
                <td class="number">{count === 0 ? t.never : plain(count)}</td>
                <td>{toured ? '✓' : '–'}</td>
              </tr>
            ))}
        </tbody>
      </Table>
    </div>
  );
}
