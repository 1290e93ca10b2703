import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { endNoted } from '../tools/process/daemon.mjs';
import { writeJson } from '../tools/process/json-file.mjs';
import { inRoot } from '../tools/paths.mjs';
import { say, step } from '../tools/setup/progress.mjs';
import { benchAccept } from './accept.mjs';
import { benchDrain } from './drain.mjs';
import { benchEvents } from './events.mjs';
import { benchMails } from './mails.mjs';
import { benchMttPlan } from './mtt-plan.mjs';
import { benchStart } from './start.mjs';
import { benchStats } from './stats.mjs';
import { openFloorSide, openProductSide } from './harness/broker.mjs';
import { seedCatalogue } from './harness/catalogue.mjs';
import { benchDir, describeMachine, startEnvironment } from './harness/environment.mjs';
import { loadProductLibs } from './harness/product-libs.mjs';
import { Product } from './harness/product.mjs';
import { reportPage } from './chart/page.mjs';
import { reportText } from './report.mjs';

const reportDir = (...parts) => inRoot('bench', 'report', ...parts);
const BENCHES = {
  accept: benchAccept,
  drain: benchDrain,
  mails: benchMails,
  events: benchEvents,
  stats: benchStats,
  'mtt-plan': benchMttPlan,
  start: benchStart,
};

async function startProduct({ paths }, environment, signal) {
  const missing = Product.missing(paths);
  if (missing.length > 0) throw new Error(`not built: ${missing.join(', ')} (--floors measures without the product)`);
  const product = new Product(environment, signal);
  try {
    const scope = await step('services and a campaign to sign', () => product.prepare(paths));
    return { product, scope };
  } catch (error) {
    await product.stopAll();
    throw error;
  }
}

/** The floors' half of the broker: the product's layout without its policies and dead-letter exchanges. */
const floorLayout = (libs, scope) => ({
  ingest: libs.exchanges.ingest,
  deliver: libs.exchanges.deliver,
  partitions: libs.partitionCount,
  ingestQueue: libs.ingestQueue,
  crmQueue: libs.crmQueue(scope.orgName),
  crmPattern: `${scope.orgName}.*.*`,
});

async function measure(options, environment, signal) {
  const { infra } = environment;
  const { product, scope } = options.hasProduct
    ? await startProduct(options, environment, signal)
    : { product: null, scope: await seedCatalogue(infra.databaseUrl) };
  const sides = {};
  try {
    const libs = await loadProductLibs();
    sides.product = await openProductSide(infra);
    sides.floor = await openFloorSide(infra, floorLayout(libs, scope));
    const machine = await describeMachine(infra, sides.product);
    const report = { schema: 'groundswell:bench:1', at: new Date().toISOString(), machine, options };
    const bench = { options, environment, product, scope, libs, sides, signal };
    for (const path of options.paths) report[path] = await step(path, () => BENCHES[path](bench));
    return report;
  } finally {
    for (const side of Object.values(sides)) await side.close();
    await product?.stopAll();
  }
}

/** Writes bench/report/bench.json, bench.txt and bench.html; with --profile the profiles too, for Chrome's developer tools. */
function keepReport(report, text) {
  const { accept, drain, mails } = report;
  const files = [accept?.breakdown?.file, drain?.breakdown?.product?.file, mails?.breakdown?.file].filter(Boolean);
  mkdirSync(reportDir(), { recursive: true });
  if (report.options.keepProfiles) {
    for (const file of files) copyFileSync(file, reportDir(basename(file)));
  }
  writeJson(reportDir('bench.json'), report, 0o644);
  writeFileSync(reportDir('bench.txt'), `${text}\n`);
  writeFileSync(reportDir('bench.html'), reportPage(report));
  const profiles = report.options.keepProfiles ? ', .cpuprofile files' : '';
  say(`\n${text}\n\nbench/report: bench.html (open it in a browser), bench.json, bench.txt${profiles}`);
}

/** The whole bench on servers of its own, which are ended and forgotten whatever happens. */
export async function runBench(options, signal) {
  await endNoted(benchDir('pids'));
  const environment = await startEnvironment(options, signal);
  try {
    const report = await measure(options, environment, signal);
    keepReport(report, reportText(report));
  } finally {
    await step('stop the servers', () => environment.stop());
  }
}
