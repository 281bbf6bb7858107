/**
 * A command that is asked for twice: its button opens a dialog that says what it would do now, as
 * the daemon tells it, and only there it is sent. One that clears a latch wants a reason.
 */

import { useRef, useState } from 'preact/hooks';
import { command, type Preview, preview, type Wish } from '../state/commands.ts';
import { signedIn } from '../state/session.ts';
import { texts } from '../text/language.ts';
import { Said } from './sentence.tsx';

interface CarefulProps {
  readonly wish: Wish;
  /** On the button; the dialog's title too. */
  readonly label: string;
  /** What it is called where several buttons say the same. */
  readonly name?: string;
  readonly says: string;
  readonly danger?: boolean;
}

/** The daemon's preview: being asked for, or nobody answered. */
type Shown = Preview | 'asking' | 'none';

const REASON_LETTERS_MIN = 3;

export function CarefulButton({ wish, label, name, says, danger = false }: CarefulProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [shown, setShown] = useState<Shown>('none');
  const locked = !signedIn.value;
  const open = () => {
    dialog.current?.showModal();
    if (!isTried(wish)) return;
    setShown('asking');
    void preview(wish).then((told) => setShown(told ?? 'none'));
  };
  return (
    <>
      <button
        type="button"
        class={danger ? 'danger' : ''}
        disabled={locked}
        title={says}
        aria-label={name}
        aria-haspopup="dialog"
        aria-describedby={locked ? 'locked' : undefined}
        onClick={open}
      >
        {label}…
      </button>
      <dialog ref={dialog} aria-label={name ?? label}>
        <h2>{name ?? label}</h2>
        <p>{says}</p>
        {isTried(wish) && <Told shown={shown} />}
        <Decide
          wish={wish}
          label={label}
          refused={typeof shown === 'object' && !shown.ok}
          close={() => dialog.current?.close()}
        />
      </dialog>
    </>
  );
}

/** Whether the daemon can say beforehand what a command would do. */
function isTried({ name }: Wish): boolean {
  return name === 'flatten' || name === 'hedge_now';
}

function Told({ shown }: { readonly shown: Shown }) {
  const t = texts().careful;
  if (shown === 'asking') return <p role="status">{t.asking}</p>;
  if (shown === 'none') return <p role="status">{t.noPreview}</p>;
  return (
    <p role="status" class={shown.ok ? 'preview' : 'preview loss'} data-testid="preview">
      <strong>{shown.ok ? t.would : t.wouldNot}</strong> <Said text={shown.message} />
    </p>
  );
}

interface DecideProps {
  readonly wish: Wish;
  readonly label: string;
  /** The daemon said that it would not do it. */
  readonly refused: boolean;
  readonly close: () => void;
}

function Decide({ wish, label, refused, close }: DecideProps) {
  const t = texts();
  const [reason, setReason] = useState('');
  const needsReason = wish.name === 'manual_resume';
  const ready = !refused && (!needsReason || reason.trim().length >= REASON_LETTERS_MIN);
  const send = (event: Event) => {
    event.preventDefault();
    if (!ready) return;
    close();
    void command(needsReason ? { ...wish, input: { ...wish.input, reason } } : wish);
    setReason('');
  };
  return (
    <form onSubmit={send}>
      {needsReason && (
        <label class="reason">
          {t.careful.reason}{' '}
          <input
            type="text"
            required
            minLength={REASON_LETTERS_MIN}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
      )}
      <div class="dialog-end">
        <button type="button" autofocus={!needsReason} onClick={close}>
          {t.careful.cancel}
        </button>
        <button type="submit" class="danger" disabled={!ready}>
          {label}
        </button>
      </div>
    </form>
  );
}
