/**
 * The versions of the protocol at which a layout that is spoken here changed. Client and exchange
 * each have a codec of their own, so that a mistake of one shows against the other; what changed
 * when is a fact of the protocol and stands here once.
 *
 * Source: the `MIN_SERVER_VER_*` constants of the broker's API.
 */
export const SINCE = {
  /** Texts of contracts and errors may be escaped. */
  encodedText: 153,
  /** Orders have a duration. */
  duration: 158,
  postToAts: 160,
  autoCancelParent: 162,
  /** Contract details suggest sizes. */
  suggestedSize: 163,
  /** Contract details have size rules, and lose two fields. */
  sizeRules: 164,
  /** Sessions can be asked for in the place of bars. */
  schedule: 165,
  /** Errors carry the reason of an advanced reject. */
  advancedReject: 166,
  /** Orders and cancels carry when they were entered by hand. */
  manualTime: 169,
  pegBestMid: 170,
  /** Contracts are asked for, and symbols found, by their issuer too. */
  issuerId: 176,
  /** The deprecated profile of an adviser's allocation is gone. */
  noFaProfile: 177,
  /** An execution tells that its price may be revised. */
  pendingPriceRevision: 178,
  fundFields: 179,
  /** Contract details tell the last trade date apart. */
  lastTradeDate: 182,
  customerAccount: 183,
  professional: 184,
  bondInterest: 185,
  ineligibilityReasons: 186,
  rfq: 187,
  overnight: 189,
  noRfq: 190,
  /** Orders and cancels are tagged; a cancel has no version literal any more. */
  cmeTagging: 192,
  /** The tags come back with an open order. */
  cmeTaggingInOpenOrder: 193,
} as const;
