/**
 * Contract ids for contracts that no broker has numbered: simulated and recorded ones. A function
 * of the contract's key, so that stored positions name the same contract in every run and data set.
 */

/** FNV-1a of the key (`contractKey`), in the range that IB's ids have. Keys may collide. */
export function derivedConId(key: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let index = 0; index < key.length; index += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01_00_01_93);
  }
  return 100_000_000 + ((hash >>> 0) % 1_900_000_000);
}
