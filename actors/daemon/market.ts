/** The market-data side: what is watched, whether its connection is up, and what was refused. */

import { ACTORS, bookId } from '../../src/protocol/decision.ts';
import type { MarketReport } from '../../src/protocol/market.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { alert, type DaemonData, symbolsOf } from './state.ts';

/** Asks for the market-data connection: at first with its address, later only where `again`. */
export function openMarket(data: DaemonData, turn: Turn, again: boolean): void {
  if (!data.market.everUp) {
    const { host, port, marketDataClientId: clientId, connectTimeoutMs } = data.config.broker;
    const target = { host, port, clientId, connectTimeoutMs };
    data.market.everUp = true;
    turn.send(ACTORS.market, { type: 'link.open', target });
  } else if (again) {
    turn.send(ACTORS.market, { type: 'resubscribe' });
  }
  sendWatch(data, turn);
}

/** Tells the market-data actor which lines the books want. */
export function sendWatch(data: DaemonData, turn: Turn): void {
  turn.send(ACTORS.market, { type: 'watch', books: [...data.watched.values()] });
}

/** Notes what became of the market-data connection, and tells the books. */
export function takeMarket(data: DaemonData, report: MarketReport, turn: Turn): void {
  switch (report.type) {
    case 'market.up':
      data.market = { up: true, everUp: true, clientId: report.clientId, reason: '' };
      break;
    case 'market.lost':
      data.market = { ...data.market, up: false, clientId: null, reason: report.reason };
      break;
    case 'market.time':
      data.marketTime = report.ts;
      break;
    case 'market.refused':
      alert(data, turn, `no market data for contract ${report.conId}: ${report.message}`);
      break;
    case 'market.untold':
      alert(data, turn, untoldText(report));
      break;
    default:
      if ('symbol' in report && symbolsOf(data).includes(report.symbol)) {
        turn.send(bookId(report.symbol), { type: 'market', report });
      }
  }
}

function untoldText({ request, code, retryInMs }: MarketUntold): string {
  const what = code === null ? 'no answer' : `refused with ${code}`;
  const again = `asked again in ${retryInMs / 1000} s, later each time`;
  return `chain_untold: ${request} (${what}): a smile lacks strikes; ${again}`;
}

type MarketUntold = Extract<MarketReport, { type: 'market.untold' }>;
