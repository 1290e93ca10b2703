import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundle } from '../build/bundle.mjs';
import { fleet } from '../fleet.mjs';
import { inRoot } from '../paths.mjs';

const program = (services) => `
import 'reflect-metadata';
import { Metrics, procaMetricNames } from '@groundswell/observability';
${services.map((name, at) => `import { declareMetrics as of${at} } from '${inRoot('apps', name, 'src', 'declared-metrics')}';`).join('\n')}
export const services = [${services.map((name, at) => `['${name}', of${at}]`).join(', ')}].map(([service, declare]) => {
  const metrics = new Metrics(service, { withProcessMetrics: false });
  declare(metrics);
  return { service, metrics: metrics.described() };
});
export const proca = [...procaMetricNames];
export const node = [...(await new Metrics('node').text()).matchAll(/^# TYPE (\\S+) (\\S+)$/gm)].map(([, name, kind]) => ({ name, kind, labels: [] }));
`;

/**
 * What the services declare at their start, from the sources: `services` is `[{service, metrics: [{name, kind, help, labels}]}]`, `node`
 * what Node's own library adds in each, `proca` the names of email-and-mtt.md §8.2.
 */
export async function declaredMetrics() {
  // Inside the checkout, so that packages are found.
  const local = inRoot('.local');
  mkdirSync(local, { recursive: true });
  const dir = mkdtempSync(join(local, 'metrics-'));
  try {
    const [entry, output] = [join(dir, 'entry.ts'), join(dir, 'declared.mjs')];
    writeFileSync(entry, program(fleet.map(({ name }) => name)));
    await bundle({ [output]: entry });
    const { services, node, proca } = await import(pathToFileURL(output).href);
    return { services, node, proca };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** One entry per metric: `{name, kind, help, labels, services}`, by name. Throws where two services declare one name differently. */
export function byName(services) {
  const found = new Map();
  for (const { service, metrics } of services) {
    for (const metric of metrics) {
      const known = found.get(metric.name);
      if (
        known &&
        JSON.stringify([known.kind, known.help, known.labels]) !==
          JSON.stringify([metric.kind, metric.help, metric.labels])
      ) {
        throw new Error(`${metric.name} of ${service} is declared otherwise than that of ${known.services[0]}`);
      }
      if (known) known.services.push(service);
      else found.set(metric.name, { ...metric, services: [service] });
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
