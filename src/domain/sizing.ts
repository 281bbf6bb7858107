/**
 * How large an order may be. Limits on size hold back what adds risk; an order that reduces both
 * our shares and net delta is never refused for them, because refusing it would keep the risk.
 */

export interface SizeLimits {
  readonly minShares: number;
  /** Per order; always holds, since a reducing order can be sent in parts. */
  readonly maxSharesPerOrder: number;
  readonly maxPosition: number;
  /** USD of one order; null: off. */
  readonly maxNotional: number | null;
}

export interface Clip {
  /** Signed shares; 0 when nothing may be traded. */
  readonly quantity: number;
  /** Shares that the position limit leaves room for; Infinity where it does not hold. */
  readonly positionRoom: number;
  /** Shares that the notional limit leaves room for; Infinity where it does not hold. */
  readonly notionalRoom: number;
  /** The limit leaves less than the smallest order worth sending. */
  readonly positionBlocks: boolean;
  readonly notionalBlocks: boolean;
}

/** Trading `quantity` (signed) brings both our shares and net delta closer to 0. */
export function reducesRisk(owned: number, netDelta: number, quantity: number): boolean {
  return (
    Math.abs(owned + quantity) < Math.abs(owned) &&
    Math.abs(netDelta + quantity) < Math.abs(netDelta)
  );
}

/** Cuts `need` (signed shares) to what the limits allow. `price` NaN leaves notional out. */
export function clipHedge(
  need: number,
  owned: number,
  netDelta: number,
  price: number,
  limits: SizeLimits,
): Clip {
  const direction = Math.sign(need);
  const wanted = Math.min(Math.abs(need), Math.max(1, Math.floor(limits.maxSharesPerOrder)));
  let positionRoom = Number.POSITIVE_INFINITY;
  let notionalRoom = Number.POSITIVE_INFINITY;
  if (!reducesRisk(owned, netDelta, direction * wanted)) {
    positionRoom = Math.max(0, Math.floor(limits.maxPosition - direction * owned));
    if (limits.maxNotional !== null && price > 0) {
      notionalRoom = Math.floor(limits.maxNotional / price);
    }
  }
  const smallest = Math.min(limits.minShares, wanted);
  return {
    quantity: direction * Math.min(wanted, positionRoom, notionalRoom) + 0,
    positionRoom,
    notionalRoom,
    positionBlocks: positionRoom < smallest,
    notionalBlocks: notionalRoom < smallest,
  };
}
