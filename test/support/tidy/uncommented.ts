/**
 * Exported functions that need no comment of their own, by their kind. A new one says what it
 * promises.
 */

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
  return BY_KIND.some((kind) => kind.path.test(path) && kind.name.test(name));
}
