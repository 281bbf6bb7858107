/** What the daemon replayed of a moment: its book, the gates that were closed, how it was known. */

import type { PastMachineView, ReplayingView } from '../../../../protocol/past-view.ts';
import { shortState } from '../../chart-paths.ts';
import { now } from '../../clock.ts';
import { localTime, plain, signed } from '../../format.ts';
import { moment, replayed } from '../../state/past.ts';
import { wordsFor } from '../../text/language.ts';
import { inspectionTexts } from '../../text/pages/inspector.ts';
import { whyInChinese } from '../../text/sentences.ts';
import { GATE_WORDS, UNIT_WORDS } from '../../text/words.ts';
import { Fact, Table } from '../parts.tsx';
import { Said, saidText } from '../sentence.tsx';

export function PastDetail() {
  const t = inspectionTexts();
  const known = replayed.value;
  if (known === null) return null;
  const { view, problem, progress } = known;
  if (problem !== null) {
    return (
      <p class="loss" role="alert">
        {t.replayFailed}: <Said text={problem} />
      </p>
    );
  }
  if (view === null) return <Replaying progress={progress} />;
  return (
    <div data-testid="replayed">
      <p class="unit">
        {t.replayed(
          plain(view.seq),
          plain(view.replayed),
          localTime(view.session.ts * 1000, now.value),
        )}
      </p>
      {endsElsewhere(view) && <p class="unit">{t.turnEnds(shortState(textOf(view.value), ''))}</p>}
      <BookThen view={view} />
      <GatesThen view={view} />
    </div>
  );
}

function Replaying({ progress }: { readonly progress: ReplayingView | null }) {
  const t = inspectionTexts();
  if (progress === null) {
    return (
      <p class="unit" role="status">
        {t.replaying}
      </p>
    );
  }
  const { at, share, left_s: left } = progress;
  return (
    <p class="unit" role="status">
      <progress value={share} aria-label={t.replaying} />{' '}
      {t.replayedTo(
        at === null ? null : localTime(at.ts * 1000, now.value),
        left === null ? null : plain(Math.max(1, left)),
      )}
    </p>
  );
}

/** A turn may take several steps: what is replayed is its end. */
function endsElsewhere(view: PastMachineView): boolean {
  const step = moment.value?.step ?? null;
  return step !== null && step.to !== textOf(view.value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function BookThen({ view }: { readonly view: PastMachineView }) {
  const t = inspectionTexts();
  if (view.book === null) return null;
  const { spot, net_delta: delta, stock_position: owned } = view.book;
  return (
    <>
      <h3>{t.bookThen}</h3>
      <dl class="risk">
        <Fact label={t.spot} value={plain(spot, 3)} unit={t.usd} />
        <Fact label={t.delta} value={signed(delta, 1)} unit={t.shares} />
        <Fact label={t.owned} value={signed(owned)} unit={t.shares} />
      </dl>
    </>
  );
}

function GatesThen({ view }: { readonly view: PastMachineView }) {
  const t = inspectionTexts();
  if (view.assessment === null) return null;
  const { assessment } = view;
  const { gates, why, verdict } = assessment;
  // As of the market, which is what its sentence counts from.
  const then = view.book?.trading_ts ?? view.ts * 1000;
  const closed = gates.filter(({ pass }) => !pass);
  return (
    <>
      <h3>
        {t.gatesThen}{' '}
        <span class="unit">{t.closedOf(plain(closed.length), plain(gates.length))}</span>
      </h3>
      <p>
        <code>{verdict}</code> <Said text={why} zh={() => whyInChinese(assessment, then)} />
      </p>
      {closed.length > 0 && (
        <Table label={t.gatesThen}>
          <tbody>
            {closed.map(({ gate, value, limit, unit }) => (
              <tr key={gate}>
                <th scope="row">{wordsFor(GATE_WORDS, gate) ?? gate}</th>
                <td class="number">{valueText(value)}</td>
                <td class="number">{valueText(limit)}</td>
                <td class="unit">{wordsFor(UNIT_WORDS, unit) ?? unit}</td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </>
  );
}

function valueText(value: string | number | boolean | null): string {
  return typeof value === 'number'
    ? plain(value, Number.isInteger(value) ? 0 : 2)
    : saidText(`${value ?? '–'}`);
}
