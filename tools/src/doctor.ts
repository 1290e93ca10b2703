import { allChecks } from './doctor/all-checks';
import { chosenChecks, parseDoctorCommand, usage } from './doctor/doctor-command';
import { examine } from './doctor/examination';
import { withAllCredentials } from './doctor/doctor-settings';
import { findSources } from './doctor/find-sources';
import { exitCodeOf, reportJson, reportText } from './doctor/report';
import { Sources } from './doctor/sources/sources';

/*
 * Whether a deployment is healthy, and whether database, queues and CRMs agree: docs/doctor.md. It only reads.
 *
 *   node dist/tools/doctor.js [--json] [--cluster] [--only CHECK,…]
 */
const say = (text: string) => process.stdout.write(`${text}\n`);
const cannotLook = 2;

/** The gateway's default. */
const defaultInstanceOrg = 'instance';

async function main(): Promise<number> {
  const command = parseDoctorCommand(process.argv.slice(2));
  const checks = chosenChecks(allChecks({ instanceOrgName: process.env['ORG_NAME'] || defaultInstanceOrg }), command);
  if (command.isList) {
    for (const { id, title } of checks) say(`${id}  ${title}`);
    return 0;
  }
  const sources = new Sources(findSources(withAllCredentials(process.env)));
  try {
    const at = new Date();
    const report = { at, sources: sources.names, checks: await examine(checks, sources, command.settings) };
    const exitCode = exitCodeOf(report, command.isStrict);
    say(command.isJson ? reportJson(report, exitCode) : reportText(report));
    return exitCode;
  } finally {
    await sources.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exitCode = cannotLook;
}
