/**
 * Exported functions that carry no comment, each looked at: name, types and the file's opening say
 * what it promises. The list may only shrink; a new function says it, or is argued for here.
 */

const UNCOMMENTED: Readonly<Record<string, readonly string[]>> = {
  'actors/book/assess.ts': ['hedgeValue', 'tradingValue', 'degradedOf', 'assessmentInput'],
  'actors/book/dispatch.ts': ['tell', 'tellTrading'],
  'actors/book/hedging.ts': ['performHedge'],
  'actors/book/manual-resume.ts': ['manualResume'],
  'actors/book/operations.ts': ['noteOperation'],
  'actors/book/reports.ts': ['takeOrder', 'takeOrderError', 'takeCommission', 'filledOf'],
  'actors/book/view.ts': ['viewBook', 'viewExplain'],
  'actors/daemon/control.ts': ['takeControl', 'takeMachineEvent'],
  'actors/daemon/market.ts': ['openMarket', 'sendWatch', 'takeMarket'],
  'actors/daemon/state.ts': ['symbolsOf'],
  'actors/daemon/sync.ts': ['requestSync', 'notePosition'],
  'src/api/access.ts': ['isLoopback', 'checkHost', 'checkOrigin', 'checkAccess'],
  'src/api/read-body.ts': ['readBody'],
  'src/api/route.ts': ['get', 'post', 'json'],
  'src/api/routes.ts': ['engineRoutes'],
  'src/api/serve.ts': ['serveRoutes', 'eventsRoute', 'pageRoutes'],
  'src/api/session-routes.ts': ['sessionRoutes'],
  'src/cli/find-daemon.ts': ['findDaemon'],
  'src/cli/output.ts': ['print', 'printJson'],
  'src/cli/stop-requests.ts': ['watchStop'],
  'src/config/problems.ts': ['isSecret'],
  'src/config/yaml-source.ts': ['readYaml'],
  'src/domain/calendar.ts': ['isTradingDay'],
  'src/domain/freshness.ts': ['judgeFreshness'],
  'src/domain/gate-checks.ts': ['inCloseCut', 'lossLimitReached', 'rejectStreakReached'],
  'src/domain/ledger.ts': ['emptyLedger'],
  'src/domain/price.ts': ['isOnTick'],
  'src/domain/situation.ts': ['readSituation'],
  'src/domain/why.ts': ['whyText'],
  'src/engine/views.ts': ['statusView', 'actorViews'],
  'src/gateway/ib/convert.ts': ['toStatus', 'toSide', 'toExecution', 'toCommission', 'toPosition'],
  'src/gateway/ib/ticks.ts': ['isDelayedTick', 'applyPrice', 'applySize'],
  'src/gateway/sim/initial-state.ts': ['initialState'],
  'src/gateway/sim/listing.ts': ['listScenario', 'listTape', 'findStock', 'optionParameters'],
  'src/gateway/sim/market.ts': ['midOfQuote'],
  'src/gateway/sim/order-check.ts': ['checkOrder'],
  'src/gateway/sim/placing.ts': ['decidePlacing'],
  'src/gateway/sim/state.ts': ['applyRecord', 'restoreState'],
  'src/gateway/sim/time-flow.ts': ['startTimeFlow'],
  'src/gateway/sim/turn.ts': ['saveOrder', 'reportOrder', 'reportError'],
  'src/gateway/sim/views.ts': ['positionOf'],
  'src/gateway/tws/orders.ts': ['answerCompletedOrders'],
  'src/pricing/black-scholes.ts': ['priceEuropean'],
  'src/pricing/implied-vol.ts': ['impliedVol'],
  'src/protocol/durable.ts': ['emptyDurableBook'],
  'src/runtime/call-table.ts': ['actorDown'],
  'src/runtime/dead-letters.ts': ['messageType'],
  'src/runtime/worker-host.ts': ['runWorker'],
  'src/store/database-error.ts': ['databaseErrorKind'],
  'src/store/dataset-manifest.ts': ['writeManifest'],
  'src/store/journal-frame.ts': ['segmentPath', 'corruptFault'],
  'src/store/postgres-cluster.ts': ['clusterPaths', 'writeUrl'],
  'src/store/process-identity.ts': ['isAlive'],
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
