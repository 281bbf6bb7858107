/** What is told to people who look at no page, and how each service wants to read it. */

const ALERT_KINDS = ['lamp', 'alert', 'latch', 'reject', 'disconnect', 'report'] as const;
export type AlertKind = (typeof ALERT_KINDS)[number] | 'test';

export interface Alert {
  readonly kind: AlertKind;
  /** The same key is the same news: told once within the time in which it is not repeated. */
  readonly key: string;
  readonly severity: 'info' | 'warn' | 'page';
  readonly title: string;
  readonly text: string;
  readonly book: string | null;
  /** Unix seconds. */
  readonly ts: number;
}

export type AlertFormat = 'json' | 'slack' | 'discord' | 'telegram' | 'ntfy';

export interface AlertRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What every format names: which installation speaks. */
export interface Speaker {
  readonly deployment: string;
  readonly mode: string;
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
/** The least of what the services take: Discord's 2000 characters. */
const TEXT_MAX = 1900;

/** The request for `alert`; `others` were held back and are told by their number. */
export function formatAlert(
  format: AlertFormat,
  alert: Alert,
  others: number,
  { deployment, mode }: Speaker,
  chatId: string | null,
): AlertRequest {
  const title = `[${deployment} ${mode}] ${alert.title}`;
  const more = others === 0 ? '' : `\n(${others} more were held back)`;
  const text = `${alert.text}${more}`.slice(0, TEXT_MAX);
  const whole = `${title}\n${text}`;
  switch (format) {
    case 'json': {
      const body = { ...alert, deployment, mode, held_back: others };
      return { headers: JSON_TYPE, body: JSON.stringify(body) };
    }
    case 'slack':
      return { headers: JSON_TYPE, body: JSON.stringify({ text: escapeSlack(whole) }) };
    case 'discord': {
      // Nobody is called by name, whatever a text holds.
      const body = { content: whole, allowed_mentions: { parse: [] } };
      return { headers: JSON_TYPE, body: JSON.stringify(body) };
    }
    case 'telegram':
      return { headers: JSON_TYPE, body: JSON.stringify({ chat_id: chatId, text: whole }) };
    case 'ntfy': {
      const priority = { info: '3', warn: '4', page: '5' }[alert.severity];
      const headers = { title: latin(title), priority, tags: alert.kind };
      return { headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: text };
    }
  }
}

/** Its three signs of control, by its own rule. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Headers carry plain signs only. */
function latin(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
