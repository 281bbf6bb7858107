/** Stop, suspend, resume for everything; the sign-in; what became of the last command. */

import { useRef, useState } from 'preact/hooks';
import { now } from '../clock.ts';
import { localTime, localZone } from '../format.ts';
import { command, lastCommand } from '../state/commands.ts';
import { status } from '../state/live.ts';
import { signedIn, signInError, signInWithToken } from '../state/session.ts';
import { nextTheme, theme } from '../state/theme.ts';
import { chooseLanguage, language, texts } from '../text/language.ts';
import { CarefulButton } from './careful-button.tsx';
import { Said } from './sentence.tsx';
import { StopDialog } from './stop-dialog.tsx';

export function Controls() {
  const t = texts();
  const dialog = useRef<HTMLDialogElement>(null);
  const locked = !signedIn.value;
  const suspended = status.value?.value.trading_suspended === true;
  const next = suspended ? 'resume' : 'suspend';
  return (
    <fieldset class="controls" aria-label={t.controls.label}>
      <button
        type="button"
        disabled={locked}
        title={suspended ? t.controls.resumeSays : t.controls.suspendSays}
        aria-describedby={locked ? 'locked' : undefined}
        onClick={() => void command({ name: next, input: {} })}
      >
        {suspended ? t.controls.resumeAll : t.controls.suspendAll}
      </button>
      <CarefulButton
        wish={{ name: 'cancel_all', input: {} }}
        label={t.controls.cancelAll}
        says={t.controls.cancelAllSays}
      />
      <CarefulButton
        wish={{ name: 'flatten', input: {} }}
        label={t.controls.flattenAll}
        says={t.controls.flattenSays}
        danger
      />
      <button
        type="button"
        class="danger"
        disabled={locked}
        aria-haspopup="dialog"
        aria-describedby={locked ? 'locked' : undefined}
        onClick={() => dialog.current?.showModal()}
      >
        {t.controls.stop}…
      </button>
      <StopDialog dialog={dialog} />
    </fieldset>
  );
}

export function LanguageSwitch() {
  const t = texts();
  const other = language.value === 'en' ? 'zh' : 'en';
  return (
    <button
      type="button"
      class="quiet"
      lang={other === 'zh' ? 'zh-Hans' : 'en'}
      title={t.controls.language}
      onClick={() => chooseLanguage(other)}
    >
      {other === 'zh' ? '中文' : 'English'}
    </button>
  );
}

export function ThemeSwitch() {
  const t = texts().theme;
  const label = `${t.label}: ${t[theme.value]}`;
  return (
    <button type="button" class="quiet" title={label} aria-label={label} onClick={nextTheme}>
      <span aria-hidden="true">◐</span> <span class="wide">{t[theme.value]}</span>
    </button>
  );
}

/** One line below the bar: how to unlock the controls, or what the last command did. */
export function CommandLine() {
  const t = texts();
  const result = lastCommand.value;
  return (
    <>
      {!signedIn.value && <SignIn />}
      <div class="command-line" role="status" data-testid="command">
        {result !== null && (
          <span class={`outcome outcome-${result.outcome}`}>
            <span class="number">{localTime(result.at, now.value)}</span> {localZone(result.at)}{' '}
            <strong>
              {t.command[result.command]}
              {targetOf(result.command, result.symbol)}
            </strong>
            : {t.command[result.outcome]}
            {result.message !== '' && (
              <span>
                {' '}
                (<Said text={result.message} />)
              </span>
            )}
          </span>
        )}
      </div>
    </>
  );
}

/** Commands that hold for a book or, without one, for all. */
const FOR_BOOKS: ReadonlySet<string> = new Set(['suspend', 'resume', 'flatten']);

function targetOf(name: string, symbol: string | null): string {
  if (symbol !== null) return ` ${symbol}`;
  return FOR_BOOKS.has(name) ? ` ${texts().command.allBooks}` : '';
}

function SignIn() {
  const t = texts();
  const [asking, setAsking] = useState(false);
  const [token, setToken] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    void signInWithToken(token.trim()).then(() => setToken(''));
  };
  return (
    <div class="sign-in" data-testid="sign-in">
      <span id="locked">
        <strong>{t.controls.locked}</strong> {t.controls.howTo}{' '}
        <button
          type="button"
          class="link"
          aria-expanded={asking}
          onClick={() => setAsking(!asking)}
        >
          {t.controls.useToken}
        </button>
        .
      </span>
      {asking && (
        <form onSubmit={submit}>
          <label>
            {t.controls.tokenLabel}{' '}
            <input
              type="password"
              autocomplete="off"
              required
              value={token}
              onInput={(event) => setToken(event.currentTarget.value)}
            />
          </label>
          <button type="submit">{t.controls.signIn}</button>
        </form>
      )}
      {signInError.value !== '' && (
        <span class="loss" role="alert">
          {t.controls.signInFailed}: <Said text={signInError.value} />
        </span>
      )}
    </div>
  );
}
