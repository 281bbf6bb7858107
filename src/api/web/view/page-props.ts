/** What every page is given. */

export interface PageProps {
  /** What of the page the address names: `#/machines/daemon` is `['daemon']`. */
  readonly rest: readonly string[];
}
