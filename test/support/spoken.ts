/** The sentences that a source file can say: its texts, with a word where a value will stand. */

/** In place of a value: neither a number nor a word of any language. */
const VALUE = 'X7';

/** Texts that read like a sentence; what an assertion or a log line says is for developers. */
export function sentencesOf(source: string): readonly string[] {
  const code = source
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/^import [\s\S]*?;$/gm, '')
    .replaceAll(/\b(?:assert(?:\.\w+)?|log\.\w+|new Error)\((?:[^()]|\([^()]*\))*\)/g, '');
  const texts = [...textsOf(code)];
  return texts.filter((text) => /[a-z]{2,} [a-z]/i.test(text.replaceAll(VALUE, '')));
}

/** Each text between quotes; pieces that are added up are one. */
function* textsOf(code: string): Generator<string> {
  let text = '';
  for (let at = 0; at < code.length; ) {
    const quote = code[at] ?? '';
    if (quote !== "'" && quote !== '`') {
      at += 1;
      continue;
    }
    const [piece, end] = pieceAt(code, at);
    text += piece;
    const joint = /^\s*\+\s*(?=['`])/.exec(code.slice(end));
    at = end + (joint?.[0].length ?? 0);
    if (joint !== null) continue;
    yield text;
    text = '';
  }
}

/** The text that begins at a quote, and where the code goes on. */
function pieceAt(code: string, from: number): readonly [string, number] {
  const quote = code[from];
  let text = '';
  for (let at = from + 1; at < code.length; at += 1) {
    const letter = code[at];
    if (letter === quote) return [text, at + 1];
    if (letter === '\\') {
      at += 1;
      text += code[at];
    } else if (quote === '`' && letter === '$' && code[at + 1] === '{') {
      text += VALUE;
      at = endOfHole(code, at + 2);
    } else {
      text += letter;
    }
  }
  return [text, code.length];
}

function endOfHole(code: string, from: number): number {
  let depth = 1;
  for (let at = from; at < code.length; at += 1) {
    const letter = code[at];
    if (letter === '`' || letter === "'") at = pieceAt(code, at)[1] - 1;
    else if (letter === '{') depth += 1;
    else if (letter === '}') depth -= 1;
    if (depth === 0) return at;
  }
  return code.length;
}
