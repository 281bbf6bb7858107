/** One operation as a row, wherever operations are listed; an order's rows lead to its story. */

import { now } from '../../clock.ts';
import { localTime, localZone, NONE, plain } from '../../format.ts';
import { addressOf } from '../../state/address.ts';
import type { OperationRow } from '../../state/operation-list.ts';
import { texts, wordsFor } from '../../text/language.ts';
import { SPACE_WORDS } from '../../text/words.ts';
import { Head } from '../parts.tsx';
import { Said } from '../sentence.tsx';

/** `whole`: with the name of its order, for which only the page of the operations has room. */
interface Whole {
  readonly whole?: boolean;
}

export function OperationHeads({ whole = false }: Whole) {
  const t = texts().operations;
  return (
    <tr>
      <Head name={t.time} unit={localZone(now.value)} />
      <Head name={t.what} />
      <Head number name={t.quantity} />
      <Head number name={t.price} />
      <Head name={t.reason} />
      {whole && (
        <th scope="col" class="reference">
          {t.reference}
        </th>
      )}
    </tr>
  );
}

export function Operation({ row, whole = false }: Whole & { readonly row: OperationRow }) {
  const t = texts().operations;
  const side = row.side === 'BUY' || row.side === 'SELL' ? t[row.side] : (row.side ?? NONE);
  const what = t.types[row.type] ?? row.type;
  return (
    <tr class={`operation operation-${row.type}`} data-type={row.type}>
      <td class="number time">{localTime(row.ts * 1000, now.value)}</td>
      <td class="what">
        <strong>
          {row.order_ref === null ? (
            what
          ) : (
            <a class="inner" href={addressOf('operations', [row.order_ref])}>
              {what}
            </a>
          )}
        </strong>{' '}
        <span class="unit">{row.symbol}</span>
      </td>
      <td class="number">
        {side} {row.quantity === null ? '' : plain(row.quantity)}
      </td>
      <td class="number">{plain(row.price, 2)}</td>
      <td class="reason">
        <Said text={row.state_reason} /> {wordsFor(SPACE_WORDS, row.state_reason)}
      </td>
      {whole && (
        <td class="reference">
          <code>{row.order_ref ?? NONE}</code>
        </td>
      )}
    </tr>
  );
}
