/** Where two pieces of data differ, by dotted keys: settings of runs, contexts of moments. */

export interface Difference {
  readonly key: string;
  readonly one: string;
  readonly other: string;
}

export function differencesOf(one: unknown, other: unknown): readonly Difference[] {
  const left = flat(one, '');
  const right = flat(other, '');
  return [...new Set([...left.keys(), ...right.keys()])]
    .sort()
    .map((key) => ({ key, one: left.get(key) ?? '–', other: right.get(key) ?? '–' }))
    .filter((row) => row.one !== row.other);
}

function flat(value: unknown, path: string): ReadonlyMap<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return new Map([[path, JSON.stringify(value) ?? '–']]);
  }
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [
      ...flat(inner, path === '' ? key : `${path}.${key}`),
    ]),
  );
}
