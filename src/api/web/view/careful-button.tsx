/**
 * A command that is asked for twice: its button opens a dialog that says what it would do now, as
 * the daemon tells it, and only there it is sent. What the command needs to know is asked there,
 * and what it would do is told anew with each answer.
 */

import { useEffect, useRef, useState } from 'preact/hooks';
import { after } from '../clock.ts';
import type { Typed } from '../state/by-hand.ts';
import { command, type Preview, preview } from '../state/commands.ts';
import { signedIn } from '../state/session.ts';
import { isTried, type Wish } from '../state/wish.ts';
import { texts } from '../text/language.ts';
import { Said } from './sentence.tsx';

/** Something that only the operator knows. */
export interface Question {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly kind: 'text' | 'number';
}

interface CarefulProps {
  /** With questions: of what was typed, null while it is not enough. */
  readonly wish: Wish | ((typed: Typed) => Wish | null);
  readonly questions?: readonly Question[];
  /** On the button; the dialog's title too. */
  readonly label: string;
  /** What it is called where several buttons say the same. */
  readonly name?: string;
  readonly says: string;
  readonly danger?: boolean;
}

/** The daemon's preview: being asked for, not yet asked for, or nobody answered. */
type Shown = Preview | 'asking' | 'waiting' | 'none';

/** A number is typed digit by digit. */
const TYPING_MS = 300;
const NO_QUESTIONS: readonly Question[] = [];

export function CarefulButton(props: CarefulProps) {
  const { label, name = label, says, danger = false } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  // Each opening begins anew: what was typed and told before is of then.
  const [opened, setOpened] = useState(0);
  const locked = !signedIn.value;
  const open = () => {
    setOpened(opened + 1);
    dialog.current?.showModal();
  };
  return (
    <>
      <button
        type="button"
        class={danger ? 'danger' : ''}
        disabled={locked}
        title={says}
        aria-label={props.name}
        aria-haspopup="dialog"
        aria-describedby={locked ? 'locked' : undefined}
        onClick={open}
      >
        {label}…
      </button>
      <dialog ref={dialog} aria-label={name}>
        <h2>{name}</h2>
        <p>{says}</p>
        {opened > 0 && <Decide key={opened} {...props} close={() => dialog.current?.close()} />}
      </dialog>
    </>
  );
}

function Decide(props: CarefulProps & { readonly close: () => void }) {
  const { questions = NO_QUESTIONS, label, close } = props;
  const t = texts().careful;
  const [typed, setTyped] = useState<Typed>({});
  const wish = typeof props.wish === 'function' ? props.wish(typed) : props.wish;
  const shown = usePreview(wish, questions.length > 0 ? TYPING_MS : 0);
  const refused = typeof shown === 'object' && !shown.ok;
  const ready = wish !== null && !refused;
  const send = (event: Event) => {
    event.preventDefault();
    if (!ready) return;
    close();
    void command(wish);
  };
  return (
    <form onSubmit={send}>
      {questions.map((question) => (
        <Ask
          key={question.name}
          question={question}
          typed={typed[question.name] ?? ''}
          type={(text) => setTyped((before) => ({ ...before, [question.name]: text }))}
        />
      ))}
      <Told shown={shown} />
      <div class="dialog-end">
        <button type="button" autofocus={questions.length === 0} onClick={close}>
          {t.cancel}
        </button>
        <button type="submit" class="danger" disabled={!ready}>
          {label}
        </button>
      </div>
    </form>
  );
}

/** What the daemon says that the wish would do now. */
function usePreview(wish: Wish | null, waitMs: number): Shown {
  const tried = wish !== null && isTried(wish);
  const [shown, setShown] = useState<Shown>('waiting');
  useEffect(() => {
    if (!tried) {
      setShown('waiting');
      return;
    }
    let gone = false;
    setShown('asking');
    const cancel = after(waitMs, () => {
      void preview(wish).then((told) => {
        if (!gone) setShown(told ?? 'none');
      });
    });
    return () => {
      gone = true;
      cancel();
    };
    // As text, it is another one only where it asks for something else.
  }, [tried, JSON.stringify(wish)]);
  return shown;
}

interface AskProps {
  readonly question: Question;
  readonly typed: string;
  readonly type: (text: string) => void;
}

function Ask({ question: { name, label, hint, kind }, typed, type }: AskProps) {
  return (
    <label class="question">
      {label}
      <input
        type="text"
        name={name}
        inputMode={kind === 'number' ? 'decimal' : 'text'}
        autocomplete="off"
        class={kind}
        value={typed}
        onInput={(event) => type(event.currentTarget.value)}
      />
      {hint !== undefined && <small>{hint}</small>}
    </label>
  );
}

function Told({ shown }: { readonly shown: Shown }) {
  const t = texts().careful;
  if (shown === 'waiting') return null;
  if (shown === 'asking') return <p role="status">{t.asking}</p>;
  if (shown === 'none') return <p role="status">{t.noPreview}</p>;
  return (
    <p role="status" class={shown.ok ? 'preview' : 'preview loss'} data-testid="preview">
      <strong>{shown.ok ? t.would : t.wouldNot}</strong> <Said text={shown.message} />
    </p>
  );
}
