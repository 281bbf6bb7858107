/** A tour of the simulated mode: buttons that make the venue fail, and where to look then. */

import { useState } from 'preact/hooks';
import type { SimulatedFault } from '../../../../protocol/host-ports.ts';
import { machineAddress } from '../../state/address.ts';
import { call } from '../../state/http.ts';
import { machines, status } from '../../state/live.ts';
import { readSession, signedIn } from '../../state/session.ts';
import { inspectionTexts } from '../../text/pages/inspector.ts';
import { saidText } from '../sentence.tsx';
import { useReading } from '../use-reading.ts';

/** Which machine answers first. */
const ANSWERS: Readonly<Record<SimulatedFault, string>> = {
  gap: 'trading',
  disconnect: 'daemon',
  reject: 'hedge',
  stale_quotes: 'trading',
};

export function Tour() {
  const asked = useReading('simulation', () => call('simulation', {}), 0);
  const faults = asked.value?.faults ?? [];
  // What the daemon says of its mode stands above all that it offers.
  if (faults.length === 0 || status.value?.value.mode !== 'simulated') return null;
  return <Faults faults={faults} />;
}

interface Told {
  readonly fault: SimulatedFault;
  readonly ok: boolean;
  readonly text: string;
}

function Faults({ faults }: { readonly faults: readonly SimulatedFault[] }) {
  const t = inspectionTexts();
  const [told, setTold] = useState<Told | null>(null);
  const inject = async (fault: SimulatedFault): Promise<void> => {
    const answer = await call('injectFault', { type: fault });
    const ok = answer.kind === 'ok';
    const text = answer.kind === 'unreachable' ? '' : messageOf(answer);
    setTold({ fault, ok, text });
    if (answer.kind === 'refused' && answer.status === 401) await readSession();
  };
  return (
    <section class="tour" aria-labelledby="tour-title">
      <h2 id="tour-title">{t.tour}</h2>
      <p class="unit">{t.tourNote}</p>
      <div class="event-buttons">
        {faults.map((fault) => (
          <button
            key={fault}
            type="button"
            disabled={!signedIn.value}
            aria-describedby={signedIn.value ? undefined : 'locked'}
            onClick={() => void inject(fault)}
          >
            {t.faults[fault]}
          </button>
        ))}
      </div>
      <p role="status" class={told?.ok === false ? 'loss' : ''} data-testid="tour-says">
        {told !== null && (
          <>
            {told.ok ? t.injected(saidText(told.text)) : saidText(told.text)}{' '}
            {told.ok && t.watch[told.fault]} {told.ok && <WatchLink fault={told.fault} />}
          </>
        )}
      </p>
    </section>
  );
}

function WatchLink({ fault }: { readonly fault: SimulatedFault }) {
  const t = inspectionTexts();
  const found = machines.value?.value.find(({ machine }) => machine === ANSWERS[fault]);
  if (found === undefined) return null;
  return <a href={machineAddress(found.id)}>{t.open(found.id)}</a>;
}

function messageOf(
  answer: { kind: 'ok'; body: { message: string } } | { kind: 'refused'; message: string },
): string {
  return answer.kind === 'ok' ? answer.body.message : answer.message;
}
