/** The language of the page: the browser's, or the one chosen here before. */

import { computed, signal } from '@preact/signals';
import { type Dictionary, en } from './en.ts';
import type { Widened } from './widened.ts';
import type { Words } from './words.ts';
import { zh } from './zh.ts';

export type Language = 'en' | 'zh';

const KEY = 'bifrost-language';

export const language = signal<Language>(firstLanguage());

const dictionary = computed<Dictionary>(() => (language.value === 'zh' ? zh : en));

/** The dictionary in use; what reads it is drawn again when the language changes. */
export function texts(): Dictionary {
  return dictionary.value;
}

/** The dictionary of a page that brings its own: it is loaded with the page. */
export function textsOf<T>(en: T & Widened<T>, zh: Widened<T>): () => Widened<T> {
  return () => (language.value === 'zh' ? zh : en);
}

/** The words for an id, or nothing. */
export function wordsFor(table: Readonly<Record<string, Words>>, id: string): string | undefined {
  return table[id]?.[language.value === 'zh' ? 1 : 0];
}

export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  try {
    localStorage.setItem(KEY, chosen);
  } catch (thrown) {
    // A browser that keeps nothing for us asks again next time.
    if (!(thrown instanceof DOMException)) throw thrown;
  }
}

function firstLanguage(): Language {
  const wanted = chosenBefore() ?? navigator.language;
  return wanted.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

function chosenBefore(): string | null {
  // Where there is no browser, as in a test of the words.
  if (typeof localStorage === 'undefined') return null;
  try {
    return localStorage.getItem(KEY);
  } catch (thrown) {
    if (thrown instanceof DOMException) return null;
    throw thrown;
  }
}
