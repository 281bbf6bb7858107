/** What a tidy rule finds, and the reviewed exceptions from it. */

export type Rule =
  | 'direction'
  | 'cycle'
  | 'unreached'
  | 'barrel'
  | 'package'
  | 'built-in'
  | 'computed-import'
  | 'banned-call'
  | 'width'
  | 'file-size'
  | 'function-size'
  | 'opening'
  | 'export-comment';

export interface Finding {
  readonly rule: Rule;
  readonly path: string;
  readonly line: number;
  /** What is wrong, for the person who reads the failed test. */
  readonly text: string;
}

/** A finding that was looked at and stays. */
export interface Exception {
  readonly rule: Rule;
  readonly path: string;
  /** Only findings whose text has this in it; all of the file's without it. */
  readonly about?: string;
  readonly reason: string;
}

export interface Sorted {
  /** Findings that nobody has allowed. */
  readonly open: readonly Finding[];
  /** Exceptions that allow nothing any more, and must go. */
  readonly unused: readonly Exception[];
}

export function sortFindings(
  findings: readonly Finding[],
  exceptions: readonly Exception[],
): Sorted {
  const used = new Set<Exception>();
  const open = findings.filter((finding) => {
    const allowing = exceptions.filter((exception) => allows(exception, finding));
    for (const exception of allowing) used.add(exception);
    return allowing.length === 0;
  });
  return { open, unused: exceptions.filter((exception) => !used.has(exception)) };
}

function allows({ rule, path, about }: Exception, finding: Finding): boolean {
  const here = rule === finding.rule && path === finding.path;
  return here && (about === undefined || finding.text.includes(about));
}

/** `path:line  rule  text`, as a terminal makes a link of it. */
export function describeFinding({ rule, path, line, text }: Finding): string {
  return `${path}:${line}  ${rule}  ${text}`;
}
