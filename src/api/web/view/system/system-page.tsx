/** The system: the program, its connection, how fast it is, its configuration, machines, actors. */

import { now, serverOffset } from '../../clock.ts';
import { plain } from '../../format.ts';
import { call } from '../../state/http.ts';
import { status } from '../../state/live.ts';
import { texts } from '../../text/language.ts';
import { systemTexts } from '../../text/pages/system.ts';
import { MachinesSection } from '../machines.tsx';
import { Fact, Section, spanText } from '../parts.tsx';
import { useReading } from '../use-reading.ts';
import { Configuration } from './configuration.tsx';
import { Measures } from './measures.tsx';
import './system.css';
import { problemText } from '../sentence.tsx';

const VERSION_MS = 10_000;

export function SystemPage() {
  return (
    <div class="system">
      <div class="system-facts">
        <Program />
        <Connection />
      </div>
      <Measures />
      <MachinesSection />
      <Configuration />
    </div>
  );
}

function Program() {
  const t = systemTexts();
  const asked = useReading('version', () => call('version', {}), VERSION_MS);
  const view = asked.value;
  return (
    <Section id="program" title={t.program} at={asked.at}>
      {view === null ? (
        <p class="empty">
          {asked.problem === null ? t.reading : problemText(asked.problem, t.failed)}
        </p>
      ) : (
        <dl class="risk">
          <Fact label={t.version} value={view.version} />
          <Fact label={t.node} value={view.node} />
          <Fact label={t.platform} value={view.platform} />
          <Fact label={t.process} value={String(view.pid)} />
          <Fact label={t.memory} value={plain(view.memory_mb)} unit={t.mb} />
          <Fact
            label={t.started}
            value={spanText(now.value + serverOffset.value - view.started_at * 1000)}
          />
        </dl>
      )}
    </Section>
  );
}

function Connection() {
  const t = systemTexts();
  const reading = status.value;
  if (reading === null) return null;
  const { daemon_heartbeat: heart, ib_config: ib } = reading.value;
  const seconds = texts().spans.s;
  return (
    <Section id="connection" title={t.connection} at={reading.at}>
      <dl class="risk">
        <Fact
          label={t.connected}
          value={heart.ib_connected ? t.yes : t.no}
          tone={heart.ib_connected ? '' : 'loss'}
        />
        <Fact label={t.host} value={ib.ib_host} unit={ib.ib_port_type} />
        <Fact label={t.client} value={heart.ib_client_id?.toString() ?? '–'} />
        <Fact label={t.heartbeat} value={plain(heart.heartbeat_interval_sec)} unit={seconds} />
        {heart.seconds_until_retry !== null && (
          <Fact label={t.retry} value={plain(heart.seconds_until_retry)} unit={seconds} />
        )}
      </dl>
    </Section>
  );
}
