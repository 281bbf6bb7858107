/** Where a browser finds the page, as a start tells it. */

/** Two lines: the link that signs the browser in, and the address that is enough afterwards. */
export function pageLink(url: string, code: string): readonly string[] {
  const address = openable(url);
  return [
    `  monitor    ${address}/#code=${code}`,
    `             (signs this browser in once; afterwards ${address})`,
  ];
}

/** Who listens on every address of a host has none of them as a name, and is not asked by it. */
function openable(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
