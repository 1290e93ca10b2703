import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * How the process of each service runs and ends. `npm start`, the tests, the images (tools/serve.mjs) and the chart
 * (tools/chart.mjs) all read it here, so that what was measured is what runs.
 *
 * V8 lets garbage of a large heap grow to several times what lives; told a limit, it collects in time. action-ingest holds
 * 70 to 100 MB of its own at most (apps/e2e, `backlog`), api-gateway 60 to 70 (`big-export`). A young generation without a
 * limit alone takes 80 MB while a service starts, and keeps them.
 */
const heapFlags = {
  'action-ingest': ['--max-old-space-size=192', '--heap-growing-percent=70', '--max-semi-space-size=8'],
  // A low limit would end it in a rush: 2 000 signatures at once need 110 MB, 4 000 need 140. A smaller young generation costs
  // signing a tenth; exports bound their garbage themselves.
  'api-gateway': ['--max-old-space-size=512', '--max-semi-space-size=8'],
  'notify-service': ['--max-semi-space-size=4'],
  'email-delivery': ['--max-semi-space-size=8'],
  'stats-service': ['--max-semi-space-size=4'],
  'mtt-service': ['--max-semi-space-size=4'],
  'crm-forwarder': ['--max-semi-space-size=4'],
  'topology-service': ['--max-semi-space-size=4'],
};

/** Not --enable-source-maps: that holds the maps of all packages in memory, 20 MB of a gateway. */
const ownSourceMaps = [
  '--import',
  pathToFileURL(fileURLToPath(new URL('process/source-maps.mjs', import.meta.url))).href,
];

/** Flags of node for a service; other programs get the source maps alone. */
export const nodeFlags = (name) => [...ownSourceMaps, ...(heapFlags[name] ?? [])];

/**
 * Services that call hosts which orgs name. Node looks names up on half of libuv's threads, four unless told: two name servers
 * that hang would hold up every other name. With 128 there are as many look-ups as calls at once, for 1 MB of memory.
 */
const looksNamesUp = new Set(['email-delivery', 'crm-forwarder', 'action-ingest']);

/** Variables that no configuration reads but the process itself: they have to be there before it starts. */
export const processVariables = (name, env = process.env) => ({
  // glibc gives each thread an arena of its own, and what is free in one is of no use to the others.
  MALLOC_ARENA_MAX: env.MALLOC_ARENA_MAX ?? '2',
  ...(looksNamesUp.has(name) && { UV_THREADPOOL_SIZE: env.UV_THREADPOOL_SIZE ?? '128' }),
});

/** Read by Node.js itself at the start, and by no configuration (docs/security/tls.md). */
export const nodeVariables = ['NODE_EXTRA_CA_CERTS'];

/** Load balancers need that long to send no more to a gateway that is about to go. */
const GATEWAY_PRE_STOP_SECONDS = 5;
/** Batches in hand, outstanding confirms, connections: together well below this. */
const GRACE_SECONDS = 30;
/** Calls to mail providers under way are waited for: PROVIDER_CONNECT_TIMEOUT_MS and PROVIDER_TIMEOUT_MS, and some. */
const MAIL_GRACE_SECONDS = 60;

/** Seconds between being taken out of service and SIGTERM, and from there to SIGKILL. */
export const stopping = (name) => ({
  preStopSeconds: name === 'api-gateway' ? GATEWAY_PRE_STOP_SECONDS : 0,
  graceSeconds: name === 'email-delivery' ? MAIL_GRACE_SECONDS : GRACE_SECONDS,
});
