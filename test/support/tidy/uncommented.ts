/**
 * Exported functions that carry no comment, each looked at: name, types and the file's opening say
 * what it promises. The list may only shrink; a new function says it, or is argued for here.
 */

const UNCOMMENTED: Readonly<Record<string, readonly string[]>> = {
  'actors/book/assess.ts': ['assessmentInput'],
  'actors/book/reports.ts': ['filledOf'],
  'src/domain/why.ts': ['whyText'],
};

/** Functions whose promise stands elsewhere: in a type, in a command's help, in the wire layout. */
const BY_KIND: readonly { readonly path: RegExp; readonly name: RegExp }[] = [
  // The type that a factory returns says what it does.
  { path: /./, name: /^create[A-Z]/ },
  // What `bifrost help` prints.
  { path: /^src\/cli\//, name: /Command$/ },
  // One file, one function: the opening has its formula and its source.
  { path: /^src\/pricing\/policies\//, name: /./ },
  // One per message of the protocol, named as it is.
  { path: /^src\/gateway\/(tws|wire)\/encode[^/]*\.ts$/, name: /^encode/ },
  // The page exports to itself alone, and a component is its markup.
  { path: /^src\/api\/web\//, name: /./ },
];

/** Whether `name` of `path` may go without a comment. */
export function mayBeUncommented(path: string, name: string): boolean {
  const byKind = BY_KIND.some((kind) => kind.path.test(path) && kind.name.test(name));
  return byKind || (UNCOMMENTED[path]?.includes(name) ?? false);
}

/** The files that the list names. */
export function uncommentedPaths(): readonly string[] {
  return Object.keys(UNCOMMENTED);
}
