/** What a machine remembers, now or then, and how that differs from another moment. */

import { now } from '../../clock.ts';
import { localTime } from '../../format.ts';
import { differencesOf } from '../../state/difference.ts';
import { moment, pinned, replayed } from '../../state/past.ts';
import { inspectionTexts } from '../../text/pages/inspector.ts';
import { Head, Table } from '../parts.tsx';

/** `current`: of the machine as it runs. */
export function Context({ current }: { readonly current: unknown }) {
  const t = inspectionTexts();
  const then = moment.value;
  const context = then === null ? current : replayed.value?.view?.context;
  if (context === undefined) return null;
  const name = then === null ? t.now : localTime(then.ts * 1000, now.value);
  const base = pinned.value;
  return (
    <div class="context">
      <details open={base !== null}>
        <summary>{then === null ? t.contextNow : t.contextThen}</summary>
        <pre>{JSON.stringify(context, null, 2)}</pre>
      </details>
      {base !== null && base.name !== name && <Differences base={base} context={context} />}
      <button
        type="button"
        class="below"
        onClick={() => {
          pinned.value = base === null ? { name, context } : null;
        }}
      >
        {base === null ? t.pin : t.unpin}
      </button>
    </div>
  );
}

interface DifferencesProps {
  readonly base: { readonly name: string; readonly context: unknown };
  readonly context: unknown;
}

function Differences({ base, context }: DifferencesProps) {
  const t = inspectionTexts();
  const rows = differencesOf(base.context, context);
  if (rows.length === 0) return <p data-testid="differences">{t.same(base.name)}</p>;
  return (
    <div data-testid="differences">
      <h3>{t.differs(base.name)}</h3>
      <Table label={t.differs(base.name)}>
        <thead>
          <tr>
            <Head name={t.key} />
            <Head name={t.there} />
            <Head name={t.here} />
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, one, other }) => (
            <tr key={key}>
              <th scope="row">
                <code>{key}</code>
              </th>
              <td>
                <code>{one}</code>
              </td>
              <td>
                <code>{other}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}
