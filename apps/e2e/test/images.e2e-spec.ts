import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fleet, type ServiceName } from '@groundswell/fleet';
import { waitFor } from '@groundswell/testing';
import { ContainerEnvironment } from '../src/container-environment';
import { sharedHome, type FleetHome } from '../src/fleet-home';
import { ImageFolders } from '../src/image-folders';
/* eslint-disable @nx/enforce-module-boundaries -- tools without an alias: only these tests start what the chart says */
import { chartTool, type Container } from '../../../tools/chart/chart-tool.mjs';
import { podsOf, renders } from '../../../tools/chart/renders.mjs';
import { findFreePort } from '../../../tools/infra/ports.mjs';
import { endProcess, spawnDaemon, type Daemon } from '../../../tools/process/daemon.mjs';
/* eslint-enable @nx/enforce-module-boundaries */

const run = promisify(execFile);
const size = 'medium';
const limitMs = 60_000;

const tool = chartTool();
const suite = tool.missing === undefined ? describe : describe.skip;
if (tool.missing !== undefined) process.stderr.write(`the chart's commands are not started: ${tool.missing}\n`);

/** The very commands and variables of the chart, on what is in the images, as their user, with this test's servers. */
suite('what the chart runs', () => {
  let home: FleetHome;
  let images: ImageFolders;
  let environment: ContainerEnvironment;
  let containers: Map<string, Container>;
  const started = new Map<ServiceName, { daemon: Daemon; url: string; metricsUrl: string; log: string }>();

  beforeAll(async () => {
    home = await sharedHome();
    images = ImageFolders.create([...fleet.map(({ name }) => name), 'tools']);
    environment = new ContainerEnvironment(home);
    const request = renders().find(({ name }) => name === size);
    const rendered = request && tool.run?.({ renders: [request] }).renders[0];
    if (!rendered || rendered.error) throw new Error(`the chart was not rendered: ${rendered?.error}`);
    containers = new Map(
      podsOf(rendered).map(({ name, spec }) => [name.replace(/-[0-9a-f]{8}$/, ''), spec.containers[0]!]),
    );
  }, 3 * limitMs);
  afterAll(async () => {
    await Promise.all([...started.values()].map(({ daemon }) => endProcess(daemon.identity, { graceMs: 5_000 })));
    images?.remove();
    await home?.leave();
  });

  const containerOf = (name: string): Container => {
    const container = containers.get(name);
    if (!container) throw new Error(`the chart has no ${name}`);
    return container;
  };
  const commandOf = (image: string, { command, args }: Container): [string, string[]] => {
    const [program = '', ...rest] = images.translate(image, [...command, ...args]);
    return [program, rest];
  };
  /** Tests do not wait for seconds until a broker user or an old queue is there. */
  const hurried = {
    BROKER_USER_PREFIX: '',
    YOUNG_QUEUE_MS: '500',
    RECONNECT_FIRST_MS: '200',
    RECONNECT_LONGEST_MS: '2000',
  };
  const runToEnd = async (name: string, image: string, changes: Record<string, string> = {}): Promise<string> => {
    const container = containerOf(name);
    const [program, args] = commandOf(image, container);
    const env = {
      ...environment.of(container.env, { PORT: await findFreePort(), METRICS_PORT: await findFreePort() }),
      ...changes,
    };
    const { stdout } = await run(program, args, { env, cwd: images.appOf(image), timeout: limitMs, ...images.user });
    return stdout;
  };

  it(
    'brings the schema, and again without doing anything',
    async () => {
      expect(await runToEnd('Job groundswell-migrate', 'tools')).toContain('schema is up to date');
    },
    limitMs,
  );

  it(
    'brings the topology and ends',
    async () => {
      const changes = { ...hurried, BROKER_USER_PREFIX: environment.userPrefix };
      expect(await runToEnd('Job groundswell-topology', 'topology-service', changes)).toContain(
        'topology-service was ready',
      );
    },
    limitMs,
  );

  it(
    'starts every service until it is ready, as the process that Kubernetes started',
    async () => {
      for (const { name } of fleet) {
        const container = containerOf(`Deployment groundswell-${name}`);
        const [program, args] = commandOf(name, container);
        const [PORT, METRICS_PORT] = [await findFreePort(), await findFreePort()];
        const env = {
          ...environment.of(container.env, { PORT, METRICS_PORT }),
          ...hurried,
          BROKER_USER_PREFIX: environment.userPrefix,
        };
        const log = join(home.logDir, `${name}.log`);
        const daemon = spawnDaemon(program, args, { log, env, cwd: images.appOf(name), ...images.user });
        started.set(name, {
          daemon,
          log,
          url: `http://127.0.0.1:${PORT}`,
          metricsUrl: `http://127.0.0.1:${METRICS_PORT}`,
        });
      }
      for (const [name, { daemon, url, log }] of started) {
        await waitFor(async () => {
          if (daemon.hasEnded()) throw new Error(`${name} ended, see ${log}:\n${daemon.lastWords()}`);
          return (await fetch(`${url}/ready`).catch(() => null))?.status === 200;
        }, limitMs);
      }
    },
    2 * limitMs,
  );

  it('runs them with the flags they were measured with', () => {
    const flags = readFileSync(`/proc/${started.get('action-ingest')?.daemon.pid}/cmdline`, 'utf8').split('\0');
    expect(flags).toEqual(expect.arrayContaining(['--max-old-space-size=192', '--heap-growing-percent=70']));
    const variables = readFileSync(`/proc/${started.get('email-delivery')?.daemon.pid}/environ`, 'utf8').split('\0');
    expect(variables).toEqual(expect.arrayContaining(['MALLOC_ARENA_MAX=2', 'UV_THREADPOOL_SIZE=128']));
  });

  it('shows their figures on the port that the monitor scrapes', async () => {
    for (const { metricsUrl } of started.values()) {
      expect((await fetch(`${metricsUrl}/metrics`)).status).toBe(200);
    }
  });

  it('tells a container that lives from one that does not', async () => {
    const probe = (env: Record<string, string>) =>
      run(images.node, [join(images.appOf('tools'), 'tools', 'probe.mjs'), '/live'], { env, ...images.user });
    const port = new URL(started.get('stats-service')?.url ?? '').port;
    await expect(probe({ PORT: port })).resolves.toBeTruthy();
    await expect(probe({ PORT: String(await findFreePort()) })).rejects.toMatchObject({ code: 1 });
  });

  it(
    'signs and reads back, twice',
    async () => {
      const changes = { GATEWAY_URL: started.get('api-gateway')?.url ?? '' };
      for (const _ of [1, 2]) {
        const said = await runToEnd('Pod groundswell-smoke', 'tools', changes);
        expect(said).toMatch(/^read back after \d+ ms$/m);
      }
    },
    2 * limitMs,
  );

  it(
    'ends them all when they are told to',
    async () => {
      const ends = [...started].map(async ([name, { daemon }]) => [
        name,
        await endProcess(daemon.identity, { graceMs: 20_000 }),
      ]);
      expect(Object.fromEntries(await Promise.all(ends))).toEqual(
        Object.fromEntries(fleet.map(({ name }) => [name, 'stopped'])),
      );
      started.clear();
    },
    2 * limitMs,
  );
});
