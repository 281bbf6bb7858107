/**
 * JSON as a `jsonb` takes it, which is a little less than JSON: no NUL, and no half of a pair that
 * makes one character. One such text would be refused again and again, and what waits behind it.
 */

/** The value as such JSON: NUL is left out, and half a character becomes U+FFFD. */
export function jsonText(value: unknown): string {
  return cleanJson(JSON.stringify(value));
}

/** The same of a text that `JSON.stringify` has made. */
export function cleanJson(text: string): string {
  if (!text.includes('\\u')) return text;
  // Escaped backslashes are taken by the pair, so that what follows one is known to be an escape.
  return text.replace(/\\\\|\\u0000|\\ud[89a-f][0-9a-f]{2}/g, (found) => {
    if (found === '\\\\') return found;
    return found === '\\u0000' ? '' : '\ufffd';
  });
}
