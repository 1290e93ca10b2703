import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chartTool } from '../chart/chart-tool.mjs';
import { asText, fleetFile } from '../chart/fleet-file.mjs';
import { readPrograms } from '../chart/programs.mjs';
import { podsOf, renders } from '../chart/renders.mjs';
import { fleet } from '../fleet.mjs';
import { nodeVariables, stopping } from '../launching.mjs';
import { inRoot } from '../paths.mjs';

const SERVERS = { database: { host: 'postgres' }, broker: { host: 'rabbitmq' } };
/** Looks like each secret that a configuration checks the form of. */
const SAMPLE_SECRET = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I';

/** An unknown field, a wrong type, and a field that is missing. */
const WRONG = {
  ...SERVERS,
  services: {
    'mtt-service': { moreEgress: [{ ports: [{ prot: 'TCP' }] }] },
    'api-gateway': { tolerations: [{ tolerationSeconds: 'soon' }] },
  },
  httpRoute: { enabled: true, parentRefs: [{ namespace: 'gateways' }] },
};
const REFUSED = [
  [{ defaults: { settings: { NO_SUCH_THING: 1 } } }, /defaults sets NO_SUCH_THING, which no service reads/],
  [
    { services: { 'mtt-service': { settings: { BATCH_SIZE: 1 } } } },
    /mtt-service sets BATCH_SIZE, which it does not read/,
  ],
  [{ services: { 'api-gateway': { settings: { JWT_SECRET: 'x' } } } }, /JWT_SECRET is a secret/],
  [{ services: { 'action-ingest': { autoscaling: { kind: 'keda', maxReplicas: 17 } } } }, /more than 16/],
  [{ services: { 'stats-service': { autoscaling: { kind: 'keda' } } } }, /reads no queue/],
  [{ services: { 'stats-servcie': {} } }, /stats-servcie/],
  [{ image: { tag: 'latest' } }, /tag/],
  [{ database: { host: '' } }, /set database.host/],
  [{ publicUrl: 'campaigns.example.org/' }, /publicUrl/],
];

const tool = chartTool();
const skip = tool.missing ? `the chart is not rendered: ${tool.missing}` : false;
if (skip) process.stderr.write(`${skip}\n`);

const dir = mkdtempSync(join(tmpdir(), 'groundswell-chart-'));
const certificate = join(dir, 'ca.crt');
let programs;
before(async () => {
  writeFileSync(certificate, '-----BEGIN CERTIFICATE-----\n');
  programs = await readPrograms();
});
after(() => rmSync(dir, { recursive: true, force: true }));

test('k8s/groundswell/files/fleet.json is what node tools/chart.mjs writes', async () => {
  const isSame =
    readFileSync(inRoot('k8s', 'groundswell', 'files', 'fleet.json'), 'utf8') === asText(await fleetFile());
  assert.ok(isSame, 'services or variables have changed: run node tools/chart.mjs');
});

describe('queues that replicas are scaled by', () => {
  const matching = (service, queues) =>
    queues.filter((queue) => new RegExp(programs.queuesRead[service].pattern).test(queue));

  test('are all partitions, and nothing beside them', () => {
    const partitions = Array.from({ length: 16 }, (_, at) => `system.ingest.${at}`);
    const others = [
      'system.retry',
      'system.email.confirm',
      'org.crm',
      'xsystem.ingest.1',
      'system.ingest.1x',
      'systemXingest.1',
    ];
    assert.deepEqual(matching('action-ingest', [...partitions, ...others]), partitions);
    assert.equal(programs.queuesRead['action-ingest'].mostReplicas, partitions.length);
  });

  test('are the mail queues, and those of webhooks of every org', () => {
    const queues = ['system.email.confirm', 'system.email.thankyou', 'system.email.request', 'system.email.mailings'];
    assert.deepEqual(matching('email-delivery', [...queues, 'system.email.events', 'email.confirm']), queues);
    const pushed = ['greenorg.webhook', 'system.sqs'];
    assert.deepEqual(matching('crm-forwarder', [...pushed, 'greenorg.crm', 'a.b.webhook', 'greenorgXwebhook']), pushed);
  });
});

describe('the chart', { skip }, () => {
  const wanted = renders();
  let rendered;
  let wrong;
  let refused;
  // All at once: reading the schemas takes longer than rendering.
  before(() => {
    const faulty = REFUSED.map(([set], at) => ({ name: `refused ${at}`, set: { ...SERVERS, ...set } }));
    const all = tool.run({ renders: [...wanted, { name: 'wrong', set: WRONG }, ...faulty] }).renders;
    rendered = all.slice(0, wanted.length);
    [wrong, ...refused] = all.slice(wanted.length);
  });

  test('renders with each values file, and the linter has nothing to say', () => {
    for (const { name, error, objects, lint } of rendered) {
      assert.equal(error, undefined, `${name}: ${error}`);
      assert.ok(objects.length > 40, `${name}: ${objects.length} objects`);
      assert.deepEqual(
        lint.filter(({ severity }) => severity !== 'info'),
        [],
        name,
      );
    }
  });

  test("makes objects that fit Kubernetes' and the operators' own schemas, with no field that those do not know", () => {
    for (const { name, objects } of rendered) {
      for (const { object, problems, isUnchecked } of objects) {
        const what = `${name}: ${object.kind} ${object.metadata.name}`;
        assert.equal(isUnchecked, false, `${what}: no schema of ${object.apiVersion}`);
        assert.deepEqual(problems, [], what);
      }
    }
  });

  test('is checked strictly: an unknown field, a wrong type and a missing one are found', () => {
    assert.equal(wrong.error, undefined);
    const problems = wrong.objects.flatMap((one) => one.problems).join('\n');
    assert.match(problems, /egress.*prot/);
    assert.match(problems, /tolerationSeconds/);
    assert.match(problems, /parentRefs.*name/);
  });

  test('refuses what nobody reads, a secret in plain sight, and more replicas than there is work for', () => {
    for (const [at, [, expected]] of REFUSED.entries()) assert.match(refused[at].error ?? 'was rendered', expected);
  });

  test('runs nothing as root, with a root file system or privileges, and no image without a version', () => {
    for (const render of rendered) {
      for (const { name, spec } of podsOf(render)) {
        const what = `${render.name}: ${name}`;
        assert.equal(spec.securityContext.runAsNonRoot, true, what);
        assert.ok(spec.securityContext.runAsUser > 0, what);
        assert.equal(spec.securityContext.seccompProfile.type, 'RuntimeDefault', what);
        assert.equal(spec.automountServiceAccountToken, false, what);
        for (const { image, securityContext, resources } of spec.containers) {
          assert.match(image, /[^/]:[^/:@]+(@sha256:[0-9a-f]{64})?$/, what);
          assert.doesNotMatch(image, /:latest/, what);
          assert.equal(securityContext.readOnlyRootFilesystem, true, what);
          assert.equal(securityContext.allowPrivilegeEscalation, false, what);
          assert.deepEqual(securityContext.capabilities.drop, ['ALL'], what);
          assert.ok(resources.requests.memory && resources.requests.cpu && resources.limits.memory, what);
        }
      }
    }
  });

  test('holds no secret itself', () => {
    for (const { name, objects } of rendered) {
      assert.deepEqual(
        objects.filter(({ object }) => object.kind === 'Secret'),
        [],
        name,
      );
      assert.doesNotMatch(JSON.stringify(objects), /:\/\/[^/"@]*:[^/"@]*@/, `${name}: a URL with a password`);
    }
    const secrets = new Set(Object.values(programs.schemas).flatMap((schema) => secretNames(schema)));
    for (const { env, what } of ourContainers()) {
      const plain = env.filter(({ name, value }) => value !== undefined && secrets.has(name));
      // Addresses are secrets only for the passwords that these do not have.
      assert.deepEqual(
        plain.map(({ name }) => name).filter((name) => !name.endsWith('_URL')),
        [],
        what,
      );
    }
  });

  const secretNames = (schema) => programs.variablesOf(schema).filter((name) => programs.isSecret(schema, name));

  /** Containers that run a program of ours, with the schema of its configuration. */
  const ourContainers = () =>
    rendered.flatMap((render) =>
      podsOf(render).flatMap(({ name, spec }) =>
        spec.containers
          .filter(({ command }) => command?.[1] === '/app/tools/serve.mjs')
          .map(({ args, env }) => ({
            what: `${render.name}: ${name}`,
            program: args[0],
            env,
            schema: programs.schemas[args[0]],
          })),
      ),
    );

  test('sets only variables that the program reads', () => {
    for (const { what, env, schema } of ourContainers()) {
      const known = [...programs.variablesOf(schema), ...nodeVariables];
      assert.deepEqual(
        env.map(({ name }) => name).filter((name) => !known.includes(name)),
        [],
        what,
      );
      assert.equal(new Set(env.map(({ name }) => name)).size, env.length, `${what}: one name twice`);
    }
  });

  test('sets all variables that the program cannot do without, in production', () => {
    for (const { what, env, schema } of ourContainers()) {
      const environment = Object.fromEntries(
        env.map(({ name, value }) => [name, value?.replace(/^\/etc\/groundswell\/.*/, certificate) ?? SAMPLE_SECRET]),
      );
      assert.doesNotThrow(() => programs.loadConfig(schema, environment), what);
    }
  });

  test('has each service as a Deployment that is replaced without a gap and given time to end', () => {
    for (const render of rendered) {
      const deployments = render.objects
        .filter(({ object }) => object.kind === 'Deployment')
        .map(({ object }) => object);
      const names = deployments.map(({ spec }) => spec.template.metadata.labels['app.kubernetes.io/component']);
      assert.deepEqual(names.toSorted(), fleet.map(({ name }) => name).toSorted(), render.name);
      for (const [at, { spec }] of deployments.entries()) {
        const { preStopSeconds, graceSeconds } = stopping(names[at]);
        const pod = spec.template.spec;
        assert.deepEqual(spec.strategy.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 });
        assert.equal(pod.terminationGracePeriodSeconds, preStopSeconds + graceSeconds, names[at]);
        const [{ startupProbe, livenessProbe, readinessProbe, lifecycle }] = pod.containers;
        assert.deepEqual(
          [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path),
          ['/live', '/live', '/ready'],
        );
        assert.equal(lifecycle?.preStop.sleep.seconds, preStopSeconds || undefined, names[at]);
      }
    }
  });

  test('brings schema, then topology, before anything else; beside it where their servers come with the install', () => {
    for (const { name, objects } of rendered) {
      const jobs = objects.filter(({ object }) => object.kind === 'Job').map(({ object }) => object);
      assert.equal(jobs.length, 2, name);
      const hooks = jobs.map(({ metadata }) => metadata.annotations ?? {});
      const needsItself = ['small', 'medium', 'large', 'everything'].includes(name);
      if (needsItself) {
        assert.deepEqual(hooks, [{}, {}], name);
        continue;
      }
      assert.deepEqual(new Set(hooks.map((hook) => hook['helm.sh/hook'])), new Set(['pre-install,pre-upgrade']), name);
      const [migrate, topology] = hooks.map((hook) => Number(hook['helm.sh/hook-weight']));
      assert.ok(migrate < topology, name);
    }
  });

  test('lets each pod reach what its own variables name, and has no pod without a policy', () => {
    for (const render of rendered) {
      const policies = render.objects
        .filter(({ object }) => object.kind === 'NetworkPolicy')
        .map(({ object }) => object);
      const selects = ({ spec }, labels) =>
        Object.entries(spec.podSelector.matchLabels).every(([name, value]) => labels[name] === value);
      for (const { name, labels, spec } of podsOf(render)) {
        const ofPod = policies.filter((policy) => selects(policy, labels));
        const deny = ofPod.find((policy) => !policy.spec.ingress && !policy.spec.egress);
        assert.deepEqual(
          deny?.spec.policyTypes,
          ['Ingress', 'Egress'],
          `${render.name}: ${name} is not denied by default`,
        );
        const open = ofPod
          .flatMap((policy) => policy.spec.egress ?? [])
          .flatMap(({ ports = [] }) => ports.map(({ port }) => port));
        const urls = spec.containers
          .flatMap(({ env = [] }) => env)
          .filter((one) => /_URL$/.test(one.name) && one.name !== 'PUBLIC_URL');
        for (const { name: variable, value } of urls) {
          const port = variable === 'GATEWAY_URL' ? 'http' : Number(new URL(value).port);
          assert.ok(open.includes(port), `${render.name}: ${name} may not reach port ${port} of ${variable}`);
        }
      }
    }
  });

  test('says what comes next', () => {
    for (const { name, notes } of rendered) assert.match(notes, /helm -n campaigns test groundswell/, name);
  });
});
