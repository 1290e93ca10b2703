import { existsSync } from 'node:fs';
import { inDist, inLocal } from '../paths.mjs';
import { readJson, writeJson } from '../process/json-file.mjs';
import { inheritedEnv, serviceEnv } from '../fleet.mjs';
import { runCommand } from '../setup/command.mjs';

const seedFile = inLocal('demo.json');

/** What the seed and the demo get: where everything is, as owner; and the keys the services share. */
function programEnv(infra, secrets, gatewayUrl) {
  const { FINGERPRINT_SEED, ENVELOPE_KEY } = serviceEnv('api-gateway', infra, secrets);
  return {
    ...inheritedEnv(),
    GATEWAY_URL: gatewayUrl,
    DATABASE_URL: infra.databaseUrl,
    AMQP_URL: infra.amqpUrl,
    AMQP_MANAGEMENT_URL: infra.amqpManagementUrl,
    REDIS_URL: infra.redisUrl,
    FINGERPRINT_SEED,
    ENVELOPE_KEY,
    DEMO_DIR: inLocal('demo'),
  };
}

function lastLineAsJson(output) {
  const line = output.trimEnd().split('\n').pop();
  try {
    const { admin, demo } = JSON.parse(line);
    if (admin && demo) return { admin, demo };
  } catch {
    // Falls through to the one message for all that is wrong with the line.
  }
  throw new Error(`the seed must end with a line of JSON holding "admin" and "demo", not: ${line.slice(0, 200)}`);
}

/** A private broker may have moved to another port since the seed ran. */
function withBrokerOf(infra, seeded) {
  const crm = seeded.demo.crm;
  if (!crm?.amqpUrl) return seeded;
  const url = new URL(crm.amqpUrl);
  url.host = new URL(infra.amqpUrl).host;
  return { ...seeded, demo: { ...seeded.demo, crm: { ...crm, amqpUrl: url.href } } };
}

/** `{admin, demo}` of the seeded demo; seeds it when these servers hold none yet. The seed itself may run twice. */
export async function ensureSeeded({ infra, secrets, gatewayUrl, signal }) {
  const servers = infra.postgres.isPrivate ? 'private' : infra.databaseUrl;
  const known = readJson(seedFile);
  if (known?.servers === servers) return { ...withBrokerOf(infra, known), isNew: false };
  const program = inDist('tools', 'seed-demo.js');
  if (!existsSync(program)) throw new Error('there is no tools/src/seed-demo.ts (npm start -- --no-seed does without)');
  const env = programEnv(infra, secrets, gatewayUrl);
  const output = await runCommand(process.execPath, [program], { env, signal, log: inLocal('log', 'seed-demo.log') });
  const seeded = lastLineAsJson(output);
  writeJson(seedFile, { servers, ...seeded });
  return { ...seeded, isNew: true };
}

/** Sends demo signatures and shows them arriving, line by line. `runFile` is what run.json will be. */
export async function runDemo({ infra, secrets, gatewayUrl, runFile, onLine, signal }) {
  const program = inDist('tools', 'demo.js');
  const env = { ...programEnv(infra, secrets, gatewayUrl), RUN_JSON: runFile };
  return runCommand(process.execPath, [program], { env, signal, onLine, log: inLocal('log', 'demo.log') });
}
