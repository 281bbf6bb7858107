/** A sentence of the engine: in Chinese where it has one and Chinese is read, else in English. */

import { language } from '../text/language.ts';
import type { Sentence } from '../text/sentences.ts';

export function Said({ text, zh }: { readonly text: string; readonly zh: () => Sentence }) {
  const chinese = language.value === 'zh' ? zh() : null;
  return chinese === null ? <span lang="en">{text}</span> : <span>{chinese}</span>;
}
