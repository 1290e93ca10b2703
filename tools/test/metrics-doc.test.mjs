import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { fleet } from '../fleet.mjs';
import { byName, declaredMetrics } from '../metrics/declared.mjs';
import { documentOf } from '../metrics/document.mjs';
import { problemsOf, readsOf } from '../metrics/promql.mjs';
import { inRoot } from '../paths.mjs';
import { promtool } from '../metrics/promtool.mjs';

const ALERTS = inRoot('k8s', 'groundswell', 'alerts');
const DASHBOARDS = inRoot('k8s', 'groundswell', 'dashboards');
const RUNBOOKS = inRoot('docs', 'runbooks');

const read = (path) => readFileSync(path, 'utf8');

let declared;
/** Ours and Node's. */
let all;

before(async () => {
  declared = await declaredMetrics();
  all = [...byName(declared.services), ...declared.node];
});

const rules = () =>
  globSync(`${ALERTS}/*.yaml`).flatMap((file) => parse(read(file)).groups.flatMap(({ rules: found }) => found));

const boards = () => globSync(`${DASHBOARDS}/*.json`).map((file) => ({ file, board: JSON.parse(read(file)) }));

/** Expressions of a dashboard with the legend that goes with each; a variable's query counts too. */
function expressionsOf({ board }) {
  const targets = board.panels.flatMap(({ title, targets: found = [] }) =>
    found.map(({ expr, legendFormat = '' }) => ({ where: title, expr, legend: legendFormat })),
  );
  const variables = board.templating.list
    .filter(({ type }) => type === 'query')
    .map(({ name, definition }) => {
      const [, expr, label] = /^label_values\((.+), (\w+)\)$/.exec(definition);
      return { where: `variable ${name}`, expr, legend: `{{${label}}}` };
    });
  return [...targets, ...variables];
}

const namedIn = (text) => [...text.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)].map(([, label]) => label);

function problemsWith({ expr, legend }) {
  const { problems, labels } = problemsOf(expr, all);
  const strange = namedIn(legend).filter((label) => !labels.has(label));
  return [...problems, ...strange.map((label) => `"${legend}" names ${label}, which nothing in "${expr}" has`)];
}

describe('docs/metrics.md', () => {
  test('is what the services declare (node tools/metrics-doc.mjs writes it)', () => {
    assert.equal(read(inRoot('docs', 'metrics.md')), documentOf(byName(declared.services), fleet.length));
  });

  test('every service declares its own, and all names of email-and-mtt.md §8.2 are among them', () => {
    assert.deepEqual(
      declared.services.map(({ service, metrics }) => [service, metrics.length > 10]),
      fleet.map(({ name }) => [name, true]),
    );
    const names = new Set(all.map(({ name }) => name));
    assert.deepEqual(
      declared.proca.filter((name) => !names.has(name)),
      [],
    );
  });

  test('other pages name no metric that is not there', () => {
    const families = new Set(
      all.flatMap(({ name, kind }) => [
        name,
        ...(kind === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : []),
      ]),
    );
    for (const file of globSync([inRoot('docs/*.md'), inRoot('docs/runbooks/*.md'), inRoot('README.md')])) {
      const named = [...read(file).matchAll(/`((?:groundswell|proca)_[a-z_]+)(?=[`{])/g)].map(([, name]) => name);
      const kinds = ['mtt', 'gateway', 'mail', 'repo', 'email', 'exporter', 'brevo', 'mailjet'];
      const isMetric = (name) =>
        name.startsWith('groundswell_') || kinds.some((kind) => name.startsWith(`proca_${kind}_`));
      assert.deepEqual(
        [file, named.filter((name) => isMetric(name) && !families.has(name) && !isOther(name))],
        [file, []],
      );
    }
  });
});

/** Names of databases and schemas begin alike. */
const isOther = (name) => ['groundswell_admin', 'proca_import'].includes(name);

describe('alert rules', () => {
  test('have names of their own, a severity, and expressions over metrics that are there', () => {
    const names = rules().map(({ alert }) => alert);
    assert.ok(names.length > 30);
    assert.equal(new Set(names).size, names.length);
    for (const { alert, expr, labels, annotations } of rules()) {
      assert.deepEqual([alert, problemsWith({ expr, legend: annotations.summary })], [alert, []]);
      assert.match(labels.severity, /^(critical|warning)$/, alert);
      assert.equal(annotations.runbook_url, `RUNBOOK_BASE/${alert}.md`);
    }
  });

  test('have a page each, which shows the rule as it is, and no page is left over', () => {
    const pages = globSync(`${RUNBOOKS}/*.md`).map((file) => file.slice(RUNBOOKS.length + 1, -3));
    assert.deepEqual(
      pages.filter((page) => page !== 'README').sort(),
      rules()
        .map(({ alert }) => alert)
        .sort(),
    );
    const index = read(`${RUNBOOKS}/README.md`);
    for (const { alert, expr } of rules()) {
      const page = read(`${RUNBOOKS}/${alert}.md`);
      assert.ok(page.includes(`\`\`\`\n${expr}\n\`\`\``), `${alert}.md shows another rule`);
      for (const heading of ['## What it means', '## How to look', '## What to do'])
        assert.ok(page.includes(heading), alert);
      assert.ok(index.includes(`(${alert}.md)`), `${alert} is not in the list`);
    }
  });

  test('pages name programs, pages and settings that there are', () => {
    const settings = globSync([inRoot('apps/*/src/config.ts'), inRoot('libs/*/src/**/*.ts'), inRoot('tools/*.mjs')])
      .map(read)
      .join('\n');
    for (const file of globSync(`${RUNBOOKS}/*.md`)) {
      const text = read(file);
      for (const [, tool] of text.matchAll(/node dist\/tools\/([a-z-]+)\.js/g)) {
        assert.ok(existsSync(inRoot('tools', 'src', `${tool}.ts`)), `${file}: no program ${tool}`);
      }
      for (const [, page] of text.matchAll(/\((\w+\.md)\)/g))
        assert.ok(existsSync(`${RUNBOOKS}/${page}`), `${file}: no ${page}`);
      for (const [page] of text.matchAll(/docs\/[a-z-]+\.md/g))
        assert.ok(existsSync(inRoot(page)), `${file}: no ${page}`);
      for (const [name] of text.matchAll(/\b[A-Z]{3,}(?:_[A-Z]+)+\b/g)) {
        assert.ok(settings.includes(name) || name === 'RUNBOOK_BASE', `${file}: nobody reads ${name}`);
      }
    }
  });

  test('stand the tests of promtool', async (t) => {
    const tool = promtool();
    if (!tool) return t.skip('no promtool on PATH (package prometheus)');
    tool(['check', 'rules', ...globSync(`${ALERTS}/*.yaml`)]);
    tool(['test', 'rules', inRoot('tools', 'test', 'alerts.promtool.yaml')]);
  });
});

describe('dashboards', () => {
  test('ask for metrics and labels that are there', () => {
    assert.deepEqual(
      boards()
        .map(({ board }) => board.uid)
        .sort(),
      ['campaign', 'fleet', 'mail', 'org'].map((name) => `groundswell-${name}`),
    );
    for (const board of boards()) {
      for (const target of expressionsOf(board)) {
        assert.deepEqual([board.file, target.where, problemsWith(target)], [board.file, target.where, []]);
      }
    }
  });

  test('have panels with ids and places of their own, and one data source to choose', () => {
    for (const { file, board } of boards()) {
      const ids = board.panels.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length, file);
      const places = board.panels.map(({ gridPos: { x, y } }) => `${x},${y}`);
      assert.equal(new Set(places).size, places.length, file);
      assert.deepEqual(
        board.templating.list.filter(({ type }) => type === 'datasource').map(({ name }) => name),
        ['DS_PROMETHEUS'],
        file,
      );
      for (const { datasource, type } of board.panels)
        if (type !== 'row') assert.equal(datasource.uid, '${DS_PROMETHEUS}', file);
    }
  });
});

describe('what is read of an expression', () => {
  const metrics = [
    { name: 'a_total', kind: 'counter', labels: ['x'] },
    { name: 'b_seconds', kind: 'histogram', labels: ['y'] },
  ];

  test('are series, their labels, and those that are grouped by', () => {
    const found = readsOf(
      'sum by (x, le) (rate(a_total{x=~"b|}", y!="1"}[5m] offset 1h)) > on (x) group_left 3 or vector(0)',
    );
    assert.deepEqual(found, { selectors: [{ name: 'a_total', labels: ['x', 'y'] }], grouped: ['x', 'le', 'x'] });
  });

  for (const [expression, problem] of [
    ['sum by (x, service) (a_total{x="1"})', undefined],
    ['sum by (le, y) (rate(b_seconds_bucket{le="1"}[5m]))', undefined],
    ['a_totals', /no metric/],
    ['b_seconds', /no metric/],
    ['a_total_count', /no metric/],
    ['a_total{z="1"}', /no label z/],
    ['b_seconds_sum{le="1"}', /no label le/],
    ['sum by (z) (a_total)', /label z/],
  ]) {
    test(`${expression}: ${problem ?? 'nothing is wrong'}`, () => {
      const { problems } = problemsOf(expression, metrics);
      if (problem) assert.match(problems.join(), problem);
      else assert.deepEqual(problems, []);
    });
  }

  test('brackets must match', () => {
    assert.throws(() => readsOf('sum(a_total'), /not closed/);
    assert.throws(() => readsOf('sum(a_total[5m)]'), /do not match/);
  });
});
