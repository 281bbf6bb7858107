/**
 * Which options of the account are legs of the book, and the operator's word on each. They are
 * listed when somebody asks: that is a command of its own, and leaves its row in the audit.
 */

import { useEffect, useState } from 'preact/hooks';
import { signed } from '../../format.ts';
import { lastCommand } from '../../state/commands.ts';
import { call } from '../../state/http.ts';
import { type Member, membersOf } from '../../state/members.ts';
import { readSession, signedIn } from '../../state/session.ts';
import { wordsFor } from '../../text/language.ts';
import { membersTexts, OUTSIDER_WORDS } from '../../text/pages/members.ts';
import { CarefulButton } from '../careful-button.tsx';
import { Head, Table } from '../parts.tsx';
import { Said } from '../sentence.tsx';

interface Listed {
  readonly members: readonly Member[];
  /** Null: they are listed. */
  readonly problem: string | null;
}

export function Membership({ symbol }: { readonly symbol: string }) {
  const t = membersTexts();
  const [listed, setListed] = useState<Listed | null>(null);
  const list = () => void listOf(symbol).then(setListed);
  const decided = lastCommand.value;
  useEffect(() => {
    // What was decided here is seen here.
    if (decided?.command === 'legs' && decided.outcome === 'done') list();
  }, [decided]);
  return (
    <section class="section" aria-labelledby="members-title">
      <div class="section-head">
        <h2 id="members-title">{t.title}</h2>
        <button
          type="button"
          disabled={!signedIn.value}
          aria-describedby={signedIn.value ? undefined : 'locked'}
          onClick={list}
        >
          {listed === null ? t.read : t.readAgain}
        </button>
      </div>
      <p class="unit">{t.says}</p>
      {listed !== null && <Members symbol={symbol} listed={listed} />}
    </section>
  );
}

async function listOf(symbol: string): Promise<Listed> {
  const answer = await call('legs', { symbol });
  if (answer.kind === 'ok') return { members: membersOf(answer.body), problem: null };
  if (answer.kind === 'refused' && answer.status === 401) await readSession();
  return { members: [], problem: answer.kind === 'refused' ? answer.message : '' };
}

function Members({ symbol, listed }: { readonly symbol: string; readonly listed: Listed }) {
  const t = membersTexts();
  const { members, problem } = listed;
  if (problem !== null) {
    return (
      <p class="loss" role="alert">
        {t.failed} <Said text={problem} />
      </p>
    );
  }
  if (members.length === 0) return <p class="empty">{t.none}</p>;
  return (
    <Table label={t.title} class="members">
      <thead>
        <tr>
          <Head name={t.option} />
          <Head number name={t.quantity} />
          <Head name={t.member} />
          <Head name={t.word} />
        </tr>
      </thead>
      <tbody>
        {members.map((member) => (
          <MemberRow key={member.conId} symbol={symbol} member={member} />
        ))}
      </tbody>
    </Table>
  );
}

function MemberRow({ symbol, member }: { readonly symbol: string; readonly member: Member }) {
  const t = membersTexts();
  const { conId, label, quantity, reason } = member;
  return (
    <tr data-member={conId}>
      <th scope="row">{label}</th>
      <td class="number">{signed(quantity)}</td>
      <td>{reason === null ? t.leg : (wordsFor(OUTSIDER_WORDS, reason) ?? reason)}</td>
      <td>
        {reason !== null && (
          <CarefulButton
            wish={{ name: 'legs', input: { symbol, confirm: conId } }}
            label={t.confirm}
            name={t.confirmNamed(label)}
            says={t.confirmSays}
          />
        )}{' '}
        {reason !== 'excluded' && (
          <CarefulButton
            wish={{ name: 'legs', input: { symbol, exclude: conId } }}
            label={t.exclude}
            name={t.excludeNamed(label)}
            says={t.excludeSays}
          />
        )}
      </td>
    </tr>
  );
}
