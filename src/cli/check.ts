/**
 * `bifrost check`: would a daemon start here, and could it hedge? It changes nothing. One line for
 * each thing that was looked at, with what mends it; the exit status is that of the first failure.
 */

import { Command } from 'commander';
import { dataDirOf, type LoadedConfig, loadConfig } from '../config/load.ts';
import { EXIT, type ExitStatus, Fault } from '../fault.ts';
import { realMono, realWall } from '../runtime/real-clock.ts';
import { brokerFindings, probeConfigured } from './check-broker.ts';
import {
  checkApiPort,
  checkCalendar,
  checkDatabase,
  checkDataDir,
  checkDisk,
  checkNode,
  checkSecrets,
} from './check-host.ts';
import { findRehearsal, liveSettings } from './check-live.ts';
import { countsText, type Finding, fail, findingsText, ok, skip } from './finding.ts';
import { calendarText, gatewayCalendar } from './gateway-calendar.ts';
import { print, printJson } from './output.ts';

interface CheckFlags {
  readonly config?: string;
  readonly skipIb?: true;
  readonly live?: true;
  readonly paperData?: string;
  readonly json?: true;
}

export function checkCommand(): Command {
  return new Command('check')
    .description('Looks whether a daemon would start here and could hedge, and says what to mend.')
    .option('-c, --config <file>', 'configuration; default BIFROST_CONFIG, or config/demo.yaml')
    .option('--skip-ib', 'without asking TWS or IB Gateway')
    .option('--live', 'also what should hold before real money is traded')
    .option('--paper-data <dir>', 'with --live: data directory of the rehearsal on paper')
    .option('--json', 'as JSON')
    .action(async (flags: CheckFlags) => {
      const findings = await runChecks(flags);
      if (flags.json) printJson({ status: statusOf(findings), findings });
      else print(`${findingsText(findings)}\n\n${countsText(findings)}`);
      process.exitCode = statusOf(findings);
    });
}

async function runChecks(flags: CheckFlags): Promise<readonly Finding[]> {
  const { env, versions, platform, arch } = process;
  const cwd = process.cwd();
  const dataDir = dataDirOf(env, cwd);
  const findings = [checkNode(versions.node, `${platform}-${arch}`)];
  const loaded = tryLoad(flags.config, findings);
  findings.push(checkDataDir(dataDir), checkDisk(dataDir));
  if (loaded === null) return findings;
  const now = realWall().now();
  findings.push(checkSecrets(loaded), await checkDatabase(loaded, realMono()));
  findings.push(await checkApiPort(loaded), checkCalendar(now));
  findings.push(...(await gatewayFindings(loaded, flags.skipIb === true, now)));
  if (flags.live) {
    const { database_url: url } = loaded.config.store;
    const rehearsed = flags.paperData;
    findings.push(...liveSettings(loaded, now));
    findings.push(
      await findRehearsal(rehearsed === undefined ? url : null, rehearsed ?? loaded.dataDir),
    );
  }
  return findings;
}

function tryLoad(file: string | undefined, findings: Finding[]): LoadedConfig | null {
  try {
    const loaded = loadConfig({ file, env: process.env, cwd: process.cwd() });
    const { mode, books } = loaded.config;
    const symbols = books.map(({ symbol }) => symbol).join(', ');
    findings.push(ok('config', `${loaded.file}: mode ${mode}, ${symbols}, hash ${loaded.hash}`));
    return loaded;
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    findings.push(fail('config', thrown.message, thrown.remedy ?? 'see docs/configuration.md'));
    return null;
  }
}

async function gatewayFindings(
  loaded: LoadedConfig,
  skipIb: boolean,
  now: number,
): Promise<readonly Finding[]> {
  const { config } = loaded;
  if (config.mode === 'simulated') {
    return [ok('gateway', `simulated: it comes with the daemon, ${loaded.scenarioFile}`)];
  }
  const calendar = gatewayCalendar(now, config.broker.reset_windows);
  const restarts = ok('restarts', calendarText(calendar));
  if (skipIb) return [skip('gateway', 'not asked, by --skip-ib'), restarts];
  return [...brokerFindings(config, await probeConfigured(loaded)), restarts];
}

/** By what failed first: what comes later may only follow from it. */
const STATUS_OF: Readonly<Record<string, ExitStatus>> = {
  config: EXIT.configInvalid,
  database: EXIT.databaseUnusable,
  gateway: EXIT.brokerUnreachable,
  account: EXIT.refused,
  mode: EXIT.refused,
};

function statusOf(findings: readonly Finding[]): ExitStatus {
  const failed = findings.find(({ verdict }) => verdict === 'fail');
  if (failed === undefined) return EXIT.ok;
  return STATUS_OF[failed.check] ?? EXIT.failed;
}
