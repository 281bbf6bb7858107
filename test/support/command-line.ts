/** Command lines as texts write them, held against the commands that there are. */

import assert from 'node:assert/strict';
import type { Command } from 'commander';

/** The words of a line, quoted ones whole; what a shell does with the output is left out. */
export function wordsOf(line: string): readonly string[] {
  const [command = ''] = line.split(/\s(?:[|>]|2>>?|&&|#)(?:\s|$)/);
  return command.match(/"[^"]*"|\S+/g) ?? [];
}

/**
 * Follows commands, and asks each option whether it is known and has its value. `some`: a text may
 * speak of a command without its arguments.
 */
export function takes(
  from: Command,
  words: readonly string[],
  line: string,
  wants: 'all' | 'some' = 'all',
): void {
  if (words[0] === 'help') {
    assert.ok(
      from.commands.some((each) => each.name() === words[1]),
      line,
    );
    return;
  }
  let command = from;
  const values: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const child = command.commands.find((each) => each.name() === word);
    const option = command.options.find(({ long, short }) => [long, short].includes(word));
    if (child !== undefined && values.length === 0) command = child;
    else if (option !== undefined) {
      at += 1;
      const isNamed = wants === 'some' && at === words.length;
      if (option.required) assert.ok(isNamed || words[at]?.startsWith('-') === false, line);
      else if (!option.optional || words[at]?.startsWith('-') !== false) at -= 1;
      while (option.variadic && at + 1 < words.length && !words[at + 1]?.startsWith('-')) at += 1;
    } else {
      // A number may be negative, and stand for itself by a letter.
      assert.match(word, /^[^-]|^-(N|\d+)$/, `${line}: ${word} is no option`);
      values.push(word);
    }
  }
  const { registeredArguments: wanted } = command;
  const needed = wanted.filter(({ required }) => required).length;
  const enough = wants === 'some' || values.length >= needed;
  assert.ok(enough && values.length <= wanted.length, `${line}: its arguments`);
}
