/** What an operator should look at, before everything else; nothing where there is nothing. */

import { serverOffset } from '../../clock.ts';
import { status } from '../../state/live.ts';
import { texts } from '../../text/language.ts';
import { alertInChinese } from '../../text/sentences.ts';
import { Age } from '../parts.tsx';
import { Said } from '../sentence.tsx';

export function AlertsSection() {
  const t = texts().alerts;
  const alerts = status.value?.value.alerts ?? [];
  if (alerts.length === 0) return null;
  return (
    <section class="section alerts" aria-labelledby="alerts-title">
      <h2 id="alerts-title">{t.title}</h2>
      <ul>
        {alerts.map(({ id, symbol, since, text, values }) => (
          <li key={`${symbol} ${id}`}>
            <strong>{symbol ?? t.everything}</strong> <code>{id}</code>{' '}
            <Said text={text} zh={() => alertInChinese({ id, values })} />{' '}
            <Age at={since * 1000 - serverOffset.value} of={id} />
          </li>
        ))}
      </ul>
    </section>
  );
}
