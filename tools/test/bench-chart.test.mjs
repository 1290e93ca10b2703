import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reportPage } from '../../bench/chart/page.mjs';
import { panelsOf } from '../../bench/chart/panels.mjs';
import { sampleReport } from './bench-report.sample.mjs';

const pathsOf = (report) => Object.keys(report).filter((key) => !['schema', 'at', 'machine', 'options'].includes(key));
const barsOf = (page) => [...page.matchAll(/<rect [^>]*width="([\d.]+)"[^>]*class="(product|floor)"/g)];

describe('the chart of the bench', () => {
  test('draws every path that was measured, product beside floor', () => {
    const report = sampleReport();
    const page = reportPage(report);
    const rows = panelsOf(report).flatMap((panel) => panel.rows);
    assert.equal(barsOf(page).length, rows.length);
    for (const { name } of rows) assert.ok(page.includes(`>${name}</text>`), `${name} is not drawn`);
    for (const path of pathsOf(report)) {
      assert.ok(panelsOf({ [path]: report[path] }).length > 0, `${path} is not drawn`);
    }
  });

  test('says of every target whether it is met', () => {
    const page = reportPage(sampleReport());
    const cells = [...page.matchAll(/<td class="(met|missed)">(met|not met)<\/td>/g)].map(([, kind]) => kind);
    assert.equal(cells.length, 10);
    assert.equal(cells.filter((kind) => kind === 'missed').length, 3);
  });

  test('puts the target of a ratio where the floor of this run has it', () => {
    const [accept] = panelsOf(sampleReport());
    assert.deepEqual(
      accept.lines.map(({ at, isMet }) => ({ at, isMet })),
      [{ at: 5_600, isMet: true }],
    );
  });

  test('names the machine by cores and memory, and escapes what it was told', () => {
    const page = reportPage(sampleReport());
    assert.ok(page.includes('<strong>2 cores, 24 GiB</strong> (A &lt;processor&gt;)'));
    assert.ok(page.includes('trust the ratios more than the figures'));
  });

  test('needs nothing from elsewhere', () => {
    assert.doesNotMatch(reportPage(sampleReport()), /(?:src|href)=|url\(|@import|<script/);
  });

  test('draws floors alone, where the product was not measured', () => {
    const report = sampleReport();
    for (const path of pathsOf(report)) delete report[path].targets;
    delete report.accept.product;
    delete report.accept.ratio;
    delete report.accept.halfLoad.product;
    delete report.drain.product;
    delete report.drain.ratios;
    delete report.drain.duplicates.product;
    for (const path of ['mails', 'events']) delete report[path].product;
    for (const path of ['stats', 'mtt-plan']) report[path].sizes = [];
    Object.assign(report.start, { services: [], targets: [] });
    const page = reportPage(report);
    assert.ok(page.includes('floors only'));
    assert.equal(barsOf(page).filter(([, , kind]) => kind === 'product').length, 0);
    assert.ok(barsOf(page).length > 5);
  });
});
