/** Says that what is shown is not now: what was lost, since when, and what happens about it. */

import { now } from '../clock.ts';
import { localTime, localZone } from '../format.ts';
import { stopAsked } from '../state/commands.ts';
import { link, lostAt, status } from '../state/live.ts';
import { texts } from '../text/language.ts';
import { spanText } from './parts.tsx';

export function LostBanner() {
  const t = texts();
  if (link.value === 'denied') {
    return (
      <div class="banner" role="alert" data-testid="lost">
        <strong>{t.link.deniedSays}</strong>
      </div>
    );
  }
  const since = lostAt.value;
  if (link.value !== 'lost' || since === null) return null;
  const reading = status.value;
  const asOf =
    reading === null ? '' : `${localTime(reading.at, now.value)} ${localZone(reading.at)}`;
  const says = stopAsked.value ? t.link.stoppedSays(asOf) : t.link.lostSays(asOf);
  const span = spanText(now.value - since);
  return (
    <div class="banner" role="alert" data-testid="lost">
      {stopAsked.value ? (
        <strong>{t.link.stopped}</strong>
      ) : (
        // Read out once, not with every second that passes.
        <strong aria-live="off">{t.link.lostTitle(span)}</strong>
      )}
      <span>{reading === null ? t.link.lostEmpty : says}</span>
    </div>
  );
}
