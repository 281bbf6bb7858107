/** A sentence of the engine: in Chinese where it has one and Chinese is read, else in English. */

import { language } from '../text/language.ts';
import { saidInChinese } from '../text/said.ts';
import type { Sentence } from '../text/sentences.ts';

interface SaidProps {
  readonly text: string;
  /** Where the values behind the sentence are known; else it is found by its words. */
  readonly zh?: () => Sentence;
}

export function Said({ text, zh = () => saidInChinese(text) }: SaidProps) {
  const chinese = language.value === 'zh' ? zh() : null;
  return chinese === null ? (
    <span lang="en">{typeset(text)}</span>
  ) : (
    <span>{typeset(chinese)}</span>
  );
}

/** As text, where an element cannot stand. */
export function saidText(text: string): string {
  return typeset((language.value === 'zh' ? saidInChinese(text) : null) ?? text);
}

/** The daemon writes plain text; on the page a minus is as long as a plus. */
function typeset(text: string): string {
  return text.replaceAll(/(^|[\s(（：])-(?=\d)/g, '$1\u2212');
}

/** Why a question was not answered; `failed` where nobody said why. */
export function problemText(problem: string, failed: string): string {
  return problem === '' ? failed : saidText(problem);
}
