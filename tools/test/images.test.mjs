import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { closureOf, packagesNamed } from '../assemble-image.mjs';
import { readPrograms } from '../chart/programs.mjs';
import { fleet } from '../fleet.mjs';
import { nodeFlags, stopping } from '../launching.mjs';
import { inRoot } from '../paths.mjs';
import { brokerVariable, roleVariable, secretKeys } from '../secret-names.mjs';

const names = fleet.map(({ name }) => name);
const read = (...path) => readFileSync(inRoot(...path), 'utf8');

describe('docker/Dockerfile', () => {
  const text = read('docker', 'Dockerfile');
  /** Stage → its lines. */
  const stages = new Map(
    text
      .split(/^(?=FROM )/m)
      .slice(1)
      .map((stage) => [/ AS ([\w-]+)/.exec(stage)?.[1], stage]),
  );
  const args = Object.fromEntries([...text.matchAll(/^ARG (\w+)=(.+)$/gm)].map(([, name, value]) => [name, value]));

  test('has a target per service, which holds that service and runs it', () => {
    for (const name of names) {
      assert.match(
        stages.get(name),
        new RegExp(`^FROM service AS ${name}\\nCOPY --from=files-of-${name} /image /app\\nCMD \\["${name}"\\]`),
      );
      assert.match(stages.get(`files-of-${name}`), new RegExp(`assemble-image\\.mjs ${name} /image`));
    }
  });

  test('begins with images that are pinned by digest', () => {
    const bases = [...stages.values()].map((stage) => /^FROM (\S+)/.exec(stage)[1]).filter((base) => !stages.has(base));
    assert.equal(bases.length, 2);
    for (const base of bases) {
      const [, image, digest] = /^\$\{(\w+)\}@\$\{(\w+)\}$/.exec(base) ?? [];
      assert.match(args[image], /^[\w.-]+\.[a-z]+\/[\w./-]+:[\w.-]+$/, base);
      assert.match(args[digest], /^sha256:[0-9a-f]{64}$/, base);
    }
  });

  test('runs as somebody without rights, is looked after without a shell, and ends on SIGTERM', () => {
    assert.match(stages.get('runtime'), /^USER [1-9]\d*:[1-9]\d*$/m);
    assert.match(stages.get('runtime'), /^ENTRYPOINT \["\/usr\/local\/bin\/node", "\/app\/tools\/serve\.mjs"\]$/m);
    assert.match(
      stages.get('service'),
      /HEALTHCHECK [^]*CMD \["\/usr\/local\/bin\/node", "\/app\/tools\/probe\.mjs", "\/live"\]/,
    );
    for (const stage of ['runtime', 'service', ...names, 'tools'])
      assert.doesNotMatch(stages.get(stage), /^RUN /m, stage);
  });

  test('copies what there is', () => {
    for (const [, sources] of text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
      for (const source of sources.split(' ')) assert.ok(existsSync(inRoot(source)), source);
    }
  });
});

describe('what goes into an image', () => {
  const packages = {
    '': { dependencies: { a: '1', d: '1' } },
    'node_modules/a': {
      dependencies: { b: '1' },
      optionalDependencies: { 'a-win': '1' },
      peerDependencies: { p: '1', q: '1' },
      peerDependenciesMeta: { q: { optional: true } },
    },
    'node_modules/a/node_modules/b': { dependencies: { c: '1' } },
    'node_modules/b': {},
    'node_modules/c': {},
    'node_modules/d': {},
    'node_modules/p': {},
    'node_modules/q': {},
  };

  test('is what a program needs in turn, from where node would find it', () => {
    assert.deepEqual(
      closureOf(['a'], packages, () => true),
      ['node_modules/a', 'node_modules/a/node_modules/b', 'node_modules/c', 'node_modules/p'],
    );
  });

  test('is an error where something is not installed', () => {
    assert.throws(() => closureOf(['a'], packages, (path) => path !== 'node_modules/c'), /a\/node_modules\/b needs c/);
    assert.throws(() => closureOf(['missing'], packages, () => true), /the program needs missing/);
  });

  test('begins with the packages it imports, or names where it looks for files of packages', () => {
    const source = `import x from"a";import"c";const y=await import('d/sub'),z="e",w=f("bb/package.json")`;
    const known = ['a', 'b', 'bb', 'c', 'd', 'e', 'g'];
    assert.deepEqual(packagesNamed(source, known), ['a', 'c', 'd']);
    assert.deepEqual(packagesNamed(`${source};createRequire(u)`, known), ['a', 'bb', 'c', 'd', 'e']);
  });
});

describe('docker/compose.yaml', () => {
  const { services } = parse(read('docker', 'compose.yaml'), { merge: true });
  const program = { ...Object.fromEntries(names.map((name) => [name, name])), migrate: 'migrate' };
  let programs;
  before(async () => (programs = await readPrograms()));

  /** As compose does it, with a secret for each name that has no default. */
  const environmentOf = (name) => ({
    ...{ NODE_ENV: 'production', HOST: '0.0.0.0', PORT: '8080', LOG_LEVEL: 'info' },
    ...Object.fromEntries(
      Object.entries(services[name].environment).map(([key, value]) => [
        key,
        String(value).replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, variable, kind, rest) =>
          kind === '-' ? rest : `secret-${variable}`,
        ),
      ]),
    ),
  });

  test('runs every service, and the migration before them', () => {
    for (const name of names) {
      assert.equal(services[name].build.target, name);
      assert.equal(services[name].depends_on.migrate.condition, 'service_completed_successfully');
    }
    assert.deepEqual(services.migrate.command, ['migrate']);
  });

  test('sets what each program reads, all that it needs, and nothing else', () => {
    for (const [name, one] of Object.entries(program)) {
      const schema = programs.schemas[one];
      const known = programs.variablesOf(schema);
      assert.deepEqual(
        Object.keys(services[name].environment).filter((key) => !known.includes(key)),
        [],
        name,
      );
      assert.doesNotThrow(() => programs.loadConfig(schema, environmentOf(name)), name);
    }
  });

  test('logs each service in as itself', () => {
    for (const { name, databaseRole, brokerUser } of fleet) {
      const env = services[name].environment;
      assert.equal(new URL(env.DATABASE_URL).username, databaseRole);
      assert.ok(env.DATABASE_PASSWORD.startsWith(`\${${roleVariable[databaseRole]}:`), name);
      if (!brokerUser) continue;
      assert.equal(new URL(env.AMQP_URL).username, brokerUser);
      assert.ok(env.AMQP_PASSWORD.startsWith(`\${${brokerVariable[brokerUser]}:`), name);
    }
  });

  test('waits for each service to end as long as it may take, and gives nothing any rights', () => {
    for (const name of names) {
      const { preStopSeconds, graceSeconds } = stopping(name);
      assert.equal(services[name].stop_grace_period, `${preStopSeconds + graceSeconds}s`, name);
      assert.equal(services[name].read_only, true);
      assert.deepEqual(services[name].cap_drop, ['ALL']);
    }
    for (const [name, { image }] of Object.entries(services)) assert.match(image, /:(?!latest)[^:/]+$/, name);
  });

  test('asks for no secret that docker/README.md does not have made', () => {
    const asked = new Set([...read('docker', 'compose.yaml').matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name));
    const [, also] = /--also ([A-Z_,]+)/.exec(read('docker', 'README.md'));
    const made = new Set([...secretKeys, ...also.split(',')]);
    assert.deepEqual(
      [...asked].filter((name) => !made.has(name)),
      [],
    );
  });
});

describe('node tools/secrets.mjs', () => {
  const secrets = (...args) =>
    spawnSync(process.execPath, [inRoot('tools', 'secrets.mjs'), ...args], { encoding: 'utf8' });

  test('makes every secret anew, as a Secret or as lines', () => {
    const secret = parse(secrets('--kubernetes', 'groundswell', '--also', 'ADMIN_PASSWORD').stdout);
    assert.equal(secret.kind, 'Secret');
    assert.equal(secret.metadata.name, 'groundswell');
    assert.deepEqual(Object.keys(secret.stringData), [...secretKeys, 'ADMIN_PASSWORD']);
    assert.equal(Buffer.from(secret.stringData.ENVELOPE_KEY, 'base64url').length, 32);
    const lines = secrets('--env')
      .stdout.trim()
      .split('\n')
      .map((line) => line.split('='));
    assert.deepEqual(
      lines.map(([name]) => name),
      secretKeys,
    );
    assert.equal(
      new Set([...lines.map(([, value]) => value), ...Object.values(secret.stringData)]).size,
      2 * secretKeys.length + 1,
    );
  });

  test('says how it is used', () => {
    for (const args of [
      [],
      ['--env', '--kubernetes', 'x'],
      ['--kubernetes', 'A b'],
      ['--env', '--also', 'a-b'],
      ['--what'],
    ]) {
      const { status, stderr } = secrets(...args);
      assert.equal(status, 2, args.join(' '));
      assert.match(stderr, /usage: secrets/);
    }
  });
});

test('every service has flags for its memory', () => {
  for (const name of names)
    assert.ok(
      nodeFlags(name).some((flag) => flag.startsWith('--max-semi-space-size=')),
      name,
    );
});
