/** How near a book is to the limits at which it stops, as its gates tell it. */

import type { BookView } from '../../../../protocol/views.ts';
import { plain } from '../../format.ts';
import { type Room, roomOf } from '../../state/gate-limits.ts';
import { call } from '../../state/http.ts';
import { texts, wordsFor } from '../../text/language.ts';
import { GATE_WORDS, UNIT_WORDS } from '../../text/words.ts';
import { Age } from '../parts.tsx';
import { useReading } from '../use-reading.ts';

const REREAD_MS = 5000;
/** From here on a limit is near. */
const NEAR = 0.8;

export function Limits({ book }: { readonly book: BookView }) {
  const t = texts().limits;
  const { symbol, stock_position: owned } = book;
  const asked = useReading(`limits ${symbol}`, () => call('explain', { symbol }), REREAD_MS);
  const rooms = asked.value === null ? [] : roomOf(asked.value.gates, owned);
  if (rooms.length === 0) return null;
  return (
    <table class="bars limits" data-testid="limits">
      <caption>
        {t.title} <Age at={asked.at} of={t.title} />
      </caption>
      <tbody>
        {rooms.map((room) => (
          <Limit key={room.gate} room={room} />
        ))}
      </tbody>
    </table>
  );
}

function Limit({ room: { gate, used, limit, share, unit } }: { readonly room: Room }) {
  const t = texts().limits;
  const digits = unit === 'USD' ? 2 : 0;
  return (
    <tr>
      <th scope="row">{wordsFor(GATE_WORDS, gate)}</th>
      <td class="bar-cell" aria-hidden="true">
        <svg width="100%" height="12" aria-hidden="true">
          <rect class="room" width="100%" y="1" height="10" />
          <rect
            class={share >= NEAR ? 'bar-lost' : 'room-used'}
            width={`${share * 100}%`}
            y="1"
            height="10"
          />
        </svg>
      </td>
      <td class="number">
        {t.usedOf(plain(used, digits), plain(limit, limit % 1 === 0 ? 0 : digits))}{' '}
        <span class="unit">{wordsFor(UNIT_WORDS, unit) ?? unit}</span>
      </td>
    </tr>
  );
}
