/** The dates that every fact carries: wall time for people's rows, trading time for the engine. */

/** Of a turn, as facts want them; trading time is 0 until the broker has told it. */
export function dated({
  at,
}: {
  readonly at: { readonly wall: number; readonly trading: number };
}): { readonly ts: number; readonly tradingTs: number } {
  const { wall, trading } = at;
  return { ts: wall / 1000, tradingTs: Number.isFinite(trading) ? trading : 0 };
}
