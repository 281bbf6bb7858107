/** A dictionary's shape: the same keys, whatever the words. */
export type Widened<T> = {
  readonly [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends (...inputs: infer A) => string
      ? (...inputs: A) => string
      : Widened<T[K]>;
};
