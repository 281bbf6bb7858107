/**
 * Films that once showed a bug, each with what it was; they stay for good. A film is its seed and
 * its faults: the list stands here, because what a seed draws changes when kinds of faults come.
 */

import { parseFaults } from './fault-list.ts';
import type { Fault } from './faults.ts';

interface Regression {
  readonly seed: number;
  readonly minutes: number;
  readonly was: string;
  readonly faults: readonly Fault[];
}

function film(seed: number, minutes: number, was: string, lines: readonly string[]): Regression {
  return { seed, minutes, was, faults: parseFaults(lines.join(',')) };
}

export const REGRESSIONS: readonly Regression[] = [
  film(10, 10, 'what a killed session had not synced went in a later power cut', [
    'wide_spread@8593:24776:1.125:NVDA,slow_ack@36673:4561:-0.131:NVDA',
    'late_commission@50973:20534:0.250:NVDA,manual_trade@66086:3634:-0.759:NVDA',
    'slow_network@72080:10115:1.022:AMD,late_commission@81127:7135:0.275:NVDA',
    'late_commission@87481:3791:-0.639:AMD,database_down@110914:6976:0.433:AMD',
    'nan_greeks@140293:12779:0.768:AMD,late_commission@142482:1213:-0.274:NVDA',
    'slow_network@154577:21309:-0.184:AMD,power_cut@171293:13601:-0.683:AMD',
    'slow_network@200726:6201:0.245:AMD,manual_trade@208270:23000:-0.080:AMD',
    'slow_ack@225056:20579:0.006:AMD,nan_greeks@254370:22740:-0.565:AMD',
    'partial_fills@278587:23536:1.122:AMD,late_fill@288104:15023:0.540:NVDA',
    'drop_order@309393:4816:-0.915:NVDA,slow_network@318652:17415:-0.971:NVDA',
    'duplicate_status@346086:13884:-0.107:NVDA,database_down@348404:927:-0.756:NVDA',
    'power_cut@359641:16980:0.926:AMD,partial_fills@373482:6325:-0.726:NVDA',
    'drop_order@385510:6969:0.442:AMD,manual_trade@393027:19357:0.082:NVDA',
    'nan_greeks@400501:11822:0.128:NVDA,power_cut@414057:24946:0.681:AMD',
    'duplicate_status@420108:17196:0.003:NVDA,persistence_dies@421570:24920:1.468:NVDA',
    'duplicate_status@435227:5565:0.502:NVDA,late_fill@455246:2354:0.021:AMD',
    'slow_ack@477702:10900:0.731:AMD,wide_spread@480190:19417:-1.351:NVDA',
    'missing_commission@503373:14871:0.560:NVDA,power_cut@506967:5664:-0.140:NVDA',
    'missing_commission@537744:25045:0.233:NVDA,drop_order@557211:19788:-0.913:AMD',
    'persistence_dies@564446:23107:0.341:NVDA,slow_network@581477:14973:-0.452:AMD',
  ]),
  film(16, 10, 'a tape that a power cut went through was damage, and not its end', [
    'locate@11545:10287:-0.716:NVDA,persistence_dies@26198:7952:1.049:AMD',
    'gateway_restart@34247:8550:0.872:AMD,gateway_restart@52388:3861:1.543:NVDA',
    'disk_full@77919:24760:-0.074:NVDA,market_hangs@88610:898:0.130:NVDA',
    'disk_full@106084:23511:-2.139:AMD,market_hangs@123064:24520:0.353:NVDA',
    'locate@135502:14393:-0.569:NVDA,missing_commission@148177:20118:-0.352:NVDA',
    'slow_network@172090:21560:-0.507:NVDA,market_hangs@187654:4609:0.285:AMD',
    'missing_commission@198785:12228:-0.494:NVDA,late_fill@209188:21089:1.085:AMD',
    'disconnect@232564:8796:0.284:AMD,disconnect@247237:9483:-0.033:NVDA',
    'locate@269712:544:-0.465:AMD,missing_commission@291974:8720:0.069:NVDA',
    'market_hangs@295193:3904:0.386:AMD,disk_full@298470:23029:1.298:NVDA',
    'late_fill@316219:22953:0.336:AMD,late_fill@346410:19024:0.395:NVDA',
    'slow_network@357305:5496:0.498:AMD,gateway_restart@384931:12809:0.090:NVDA',
    'persistence_dies@404113:2920:-1.139:NVDA,slow_network@406793:356:-1.255:NVDA',
    'power_cut@436877:21777:1.341:NVDA,slow_network@462385:16850:0.593:NVDA',
    'gateway_restart@468189:23240:0.018:AMD,partition@489302:5956:-0.120:NVDA',
    'gateway_restart@513478:21684:1.152:NVDA,persistence_dies@526947:706:-0.733:NVDA',
    'late_fill@556291:15741:-0.356:AMD,slow_network@585338:2565:-1.128:AMD',
    'power_cut@596843:8023:-0.329:AMD',
  ]),
  film(96, 10, 'what no sync had made lasting was in the database, and went in a power cut', [
    'upstream_1101@120869:23109:-0.678:AMD,suspend@122941:3875:-0.749:AMD',
    'nan_greeks@128415:13021:-0.704:NVDA,no_prices@129919:6843:0.093:AMD',
    'market_dies@139753:14662:-0.826:NVDA,slow_reader@140800:21717:-0.628:NVDA',
    'zero_bid@202838:21406:0.913:NVDA,sync_fails@209987:9395:0.034:AMD',
    'sync_fails@219598:21393:-1.853:AMD,id_rollback@226703:7015:0.688:AMD',
    'upstream_1101@242851:23225:1.044:AMD,sync_fails@243582:18152:-0.841:AMD',
    'power_cut@256970:2920:-0.657:AMD,flatten_book@258539:19110:-0.825:AMD',
  ]),
  film(217, 10, 'a power cut took tape that the start before it had counted as there', [
    'sync_fails@339205:8020:0.718:NVDA,power_cut@349189:23056:-0.347:NVDA',
  ]),
  film(29, 5, 'a trade by hand that was read before the contract was known broke the book', [
    'manual_trade@242754:16601:-1.126:AMD,gateway_restart@243493:23720:0.855:AMD',
    'stop@250957:10311:-1.715:AMD',
  ]),
  film(1027, 10, 'an order that arrived when its segment was compressed was looked for in vain', [
    'half_open@538973:9602:0.102:NVDA,kill_in_write@542640:10208:0.934:NVDA',
  ]),
  film(212, 10, 'a start that died in a write of its own was started again twice, and so on', [
    'sync_fails@110747:14531:1.433:AMD,kill_in_write@120635:1304:0.572:AMD',
  ]),
  film(8816, 10, 'the end of an order stood in a record that no sync had made lasting', [
    'partial_fills@299432:23331:-0.504:AMD,gateway_restart@316923:14331:-1.078:NVDA',
    'gateway_restart@320557:11169:-0.379:AMD,no_prices@322090:11351:-0.144:NVDA',
    'sync_fails@331680:24468:-1.012:NVDA',
  ]),
  film(300, 3, 'a split that was told position by position latched a loss, and no more', [
    'split@100000:1:1:AMD',
  ]),
];
