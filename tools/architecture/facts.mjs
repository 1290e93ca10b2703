import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from '../build/bundle.mjs';
import { fleet } from '../fleet.mjs';
import { inRoot } from '../paths.mjs';

/** Name of an organisation in examples, as the docs write it. */
const ORG = 'ORG';
/** Everything an org can switch on, once with each push backend. */
const everyOrg = ['webhook', 'sqs'].map((backend) => ({
  id: 0,
  name: ORG,
  customSupporterConfirm: true,
  moderates: true,
  customActionDeliver: true,
  customEventDeliver: true,
  pushBackend: backend,
  eventBackend: backend,
  alias: false,
}));

/** Consumers whose queues come and go while they run, by their id. */
const whileRunning = ({ names }) => ({
  'action-ingest/ingest': Array.from({ length: names.partitionCount }, (_, partition) => names.ingestQueue(partition)),
  'crm-forwarder/webhooks': [names.webhookQueue(ORG)],
  'stats-service/deltas': [names.factQueue('stats-service')],
});

const app = (name, ...parts) => JSON.stringify(inRoot('apps', name, 'src', ...parts));

const program = (readers) => `
import 'reflect-metadata';
import * as names from '@groundswell/contracts';
export { names };
export { desiredExchanges, systemTopology } from ${app('topology-service', 'desired', 'system-topology')};
export { homeKeys, orgPermissions, servicePermissions } from ${app('topology-service', 'users', 'permissions')};
export { tableOwnership } from ${JSON.stringify(inRoot('libs/persistence/src/ownership/grants'))};
${readers.map((name, at) => `import * as of${at} from ${app(name, 'consumers')};`).join('\n')}
export const consumers = { ${readers.map((name, at) => `${JSON.stringify(name)}: of${at}`).join(', ')} };
`;

async function load(readers) {
  const local = inRoot('.local');
  mkdirSync(local, { recursive: true });
  // Inside the checkout, so that packages are found.
  const dir = mkdtempSync(join(local, 'architecture-'));
  try {
    const [entry, output] = [join(dir, 'entry.ts'), join(dir, 'facts.mjs')];
    writeFileSync(entry, program(readers));
    await bundle({ [output]: entry });
    return await import(pathToFileURL(output).href);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The definitions in a consumers.ts: a list, a list made of settings, or single ones. */
const definitionsIn = (module) =>
  Object.values(module).flatMap((value) => {
    if (Array.isArray(value)) return value;
    if (typeof value === 'function') return value({ batchSize: 1, batchWaitMs: 0, lanes: 1 });
    return value && typeof value === 'object' && 'id' in value && 'kind' in value ? [value] : [];
  });

/** `{service: [queue]}` of every consumer table; throws for a consumer whose queues nobody names. */
function queuesOfConsumers(loaded) {
  const dynamic = whileRunning(loaded);
  const queuesOf = (service, { id, queues }) => {
    const found = queues ?? dynamic[`${service}/${id}`];
    if (!found) throw new Error(`consumer "${id}" of ${service} has no queues here: add them to whileRunning`);
    return found;
  };
  return Object.fromEntries(
    Object.entries(loaded.consumers).map(([service, module]) => [
      service,
      definitionsIn(module).flatMap((definition) => queuesOf(service, definition)),
    ]),
  );
}

/** Orders of operators are read by a consumer of libs/service, the same in each service. */
const operationsOf = ({ names }) =>
  Object.fromEntries(names.operatedServices.map((service) => [service, [names.operationQueue(service)]]));

const unique = (list) => [...new Set(list)];
const matches = (pattern, name) => new RegExp(pattern).test(name);

/**
 * What the code says of how services talk: `{services, exchanges, queues, bindings, org}`.
 * A service: `{name, publishes: [exchange], reads: [queue], schema, role, redis, objects}`. A binding: `{exchange, key, queue}`; bindings of the
 * retry circuit are left out. Publishing is what the broker permits, reading what the consumer tables say: both are enforced.
 */
export async function readFacts() {
  const names = fleet.map(({ name }) => name);
  const readers = names.filter((name) => name !== 'api-gateway');
  const loaded = await load(readers);
  const { exchanges } = loaded.names;
  const system = loaded.systemTopology(names);
  const orgs = everyOrg.map((org) => loaded.names.orgTopology(org));
  const bindings = [...system.bindings, ...orgs.flatMap((org) => org.bindings)];
  const consumed = queuesOfConsumers(loaded);
  const operated = operationsOf(loaded);
  const variables = JSON.parse(readFileSync(inRoot('k8s/groundswell/files/fleet.json'), 'utf8')).services;
  const exchangeNames = loaded.desiredExchanges.map(({ name }) => name);

  const services = fleet.map(({ name, databaseRole, brokerUser }) => {
    const permitted = brokerUser ? loaded.servicePermissions[brokerUser] : null;
    const reads = unique([...(consumed[name] ?? []), ...(operated[name] ?? [])]);
    for (const queue of permitted ? reads : []) {
      if (!matches(permitted.read, queue))
        throw new Error(`${name} consumes ${queue}, which its broker user may not read`);
    }
    const own = variables.find((one) => one.name === name).variables;
    const [table] = loaded.tableOwnership.filter(({ writer }) => writer === databaseRole);
    return {
      name,
      // The administrator publishes what it finds out, and moves messages.
      publishes: permitted
        ? exchangeNames.filter((exchange) => matches(permitted.write, exchange))
        : [exchanges.event, exchanges.reply, exchanges.retry],
      reads,
      taps: permitted !== null && matches(permitted.configure, `event.${name}.x`) ? [`event.${name}.*`] : [],
      role: databaseRole,
      schema: table.table.split('.')[0],
      redis: own.includes('REDIS_URL'),
      objects: own.includes('OBJECT_STORE_BUCKET'),
    };
  });
  const orgQueues = unique(orgs.flatMap((org) => org.queues));
  const permission = new RegExp(loaded.orgPermissions({ id: 0, name: ORG }).read);
  return {
    services,
    exchanges: exchangeNames,
    names: loaded.names.exchanges,
    queues: unique([...system.queues, ...orgQueues]),
    bindings: uniqueBindings(bindings.filter(({ exchange }) => exchange !== exchanges.retry)),
    org: { queues: orgQueues, reads: orgQueues.filter((queue) => permission.test(queue)) },
    systemQueues: loaded.names.systemQueues,
    schemas: schemasOf(loaded.tableOwnership),
  };
}

const uniqueBindings = (list) => [...new Map(list.map((one) => [JSON.stringify(one), one])).values()];

/** Per schema: who writes, who reads, how many tables and views. */
function schemasOf(ownership) {
  const schemas = new Map();
  for (const { table, writer, readers } of ownership) {
    const name = table.split('.')[0];
    const schema = schemas.get(name) ?? { name, writer, readers: new Set(), tables: 0 };
    schema.tables += 1;
    for (const reader of readers) if (reader !== writer) schema.readers.add(reader);
    schemas.set(name, schema);
  }
  return [...schemas.values()].map((schema) => ({ ...schema, readers: [...schema.readers].sort() }));
}
