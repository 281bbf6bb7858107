/** Lamp, broker, heartbeat and stream in one line, with the controls that hold for everything. */

import type { StatusView } from '../../../protocol/views.ts';
import { serverOffset } from '../clock.ts';
import { plain } from '../format.ts';
import { command } from '../state/commands.ts';
import { lampNow, link, status } from '../state/live.ts';
import { signedIn } from '../state/session.ts';
import { texts, wordsFor } from '../text/language.ts';
import { REASON_WORDS } from '../text/words.ts';
import { CommandLine, Controls } from './controls.tsx';
import { Age } from './parts.tsx';
import { saidText } from './sentence.tsx';

export function StatusBar() {
  const reading = status.value;
  const view = link.value === 'live' ? reading?.value : undefined;
  return (
    <header class="bar">
      <div class={(view?.block_reasons.length ?? 0) > 0 ? 'bar-line bar-troubled' : 'bar-line'}>
        <h1 class="wordmark">Bifrost</h1>
        <Lamp view={view} />
        <BrokerState view={view} />
        <StreamState />
        <div class="bar-end">
          <Controls />
        </div>
      </div>
      <CommandLine />
    </header>
  );
}

function Lamp({ view }: { readonly view: StatusView | undefined }) {
  const t = texts();
  const lamp = lampNow();
  const says = {
    green: t.lamp.greenSays,
    yellow: t.lamp.yellowSays,
    red: t.lamp.redSays,
    none: t.lamp.noneSays,
    waiting: t.lamp.waitingSays,
  }[lamp];
  return (
    <div class={`lamp lamp-${lamp}`} role="status" aria-label={t.lamp.label} data-testid="lamp">
      <span class="lamp-light" aria-hidden="true" />
      <span>
        <strong>{t.lamp[lamp]}</strong>
        <span class="lamp-says">
          {says} {view?.block_reasons.map(reasonText).join(', ')}
        </span>
      </span>
    </div>
  );
}

/** The words of a reason with its id, or the reason as it is: some carry the symbol in front. */
function reasonText(reason: string): string {
  const [, prefix = '', id = reason] = /^(.+: )?(\w+)$/.exec(reason) ?? [];
  const words = wordsFor(REASON_WORDS, id);
  return words === undefined ? saidText(reason) : `${prefix}${words}`;
}

function BrokerState({ view }: { readonly view: StatusView | undefined }) {
  const t = texts();
  if (view === undefined) return null;
  const { ib_connected, ib_client_id, seconds_until_retry, last_ts, heartbeat_interval_sec } =
    view.daemon_heartbeat;
  const { ib_host, ib_port_type } = view.ib_config;
  const client = ib_client_id === null ? '' : String(ib_client_id);
  const beat = last_ts === null ? null : last_ts * 1000 - serverOffset.value;
  return (
    <dl class="vitals">
      <div>
        <dt>{t.broker.label}</dt>
        <dd>
          {ib_connected ? t.broker.connected(client) : t.broker.disconnected}
          <span class="unit host">
            {' '}
            {ib_host}, {ib_port_type}
          </span>
          {seconds_until_retry !== null && (
            <span class="unit"> {t.broker.retryIn(String(seconds_until_retry))}</span>
          )}{' '}
          {!ib_connected && signedIn.value && (
            <button
              type="button"
              class="link"
              onClick={() => void command({ name: 'retry_ib', input: {} })}
            >
              {t.broker.retry}
            </button>
          )}
        </dd>
      </div>
      <div>
        <dt>{t.heartbeat.label}</dt>
        <dd>
          <Age at={beat} of={t.heartbeat.label} />
          <span class="unit wide"> {t.heartbeat.every(plain(heartbeat_interval_sec))}</span>
        </dd>
      </div>
      <Parity check={view.parity ?? null} />
    </dl>
  );
}

/** Whether the journal of the last day decides again as it says. */
function Parity({ check }: { readonly check: StatusView['parity'] | null }) {
  const t = texts();
  const at = check == null ? null : check.checked_at * 1000 - serverOffset.value;
  const tone = check?.state === 'identical' ? 'win' : 'badge-alarm';
  return (
    <div data-testid="parity">
      <dt>{t.parity.label}</dt>
      <dd title={check?.reason}>
        {check == null ? (
          t.parity.never
        ) : (
          <>
            <span class={tone}>{t.parity[check.state]}</span> <Age at={at} of={t.parity.label} />
          </>
        )}
      </dd>
    </div>
  );
}

function StreamState() {
  const t = texts();
  return (
    <div class={`stream stream-${link.value}`} data-testid="stream">
      <strong>{t.link[link.value]}</strong>
      {status.value !== null && <Age at={status.value.at} of={t.link.live} />}
    </div>
  );
}
