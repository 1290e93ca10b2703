import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { diagram } from '../architecture/diagram.mjs';
import { readFacts } from '../architecture/facts.mjs';
import { pageWith } from '../architecture/tables.mjs';
import { fleet } from '../fleet.mjs';
import { inRoot } from '../paths.mjs';

let facts;
before(async () => (facts = await readFacts()));

const read = (name) => readFileSync(inRoot('docs', name), 'utf8');
const isNotUpToDate = 'is not up to date: node tools/architecture.mjs writes it';

describe('docs/architecture', () => {
  test('has the picture of the code as it is', () => {
    assert.equal(read('architecture.svg'), diagram(facts), `docs/architecture.svg ${isNotUpToDate}`);
  });

  test('has the tables of the code as it is', () => {
    const page = read('architecture.md');
    assert.equal(page, pageWith(page, facts), `docs/architecture.md ${isNotUpToDate}`);
  });

  test('draws every service, every exchange and every queue that somebody reads', () => {
    const svg = read('architecture.svg');
    for (const { name } of fleet) assert.ok(svg.includes(`>${name}</text>`), `${name} is missing`);
    const { ingest, confirm, deliver, event, fail, retry, dead } = facts.names;
    for (const name of [ingest, confirm, deliver, event, fail, retry, dead]) {
      assert.ok(svg.includes(`>${name}</text>`), `exchange ${name} is missing`);
    }
    const drawn = facts.services
      .flatMap(({ reads }) => reads)
      .filter((queue) => !/^system\.(request|operation|ingest)\./.test(queue));
    for (const queue of [...drawn, ...facts.org.queues])
      assert.ok(svg.includes(`>${queue}</text>`), `${queue} is missing`);
  });
});

describe('every queue', () => {
  test('that is declared has a reader, or is one of those kept on purpose', () => {
    const { retry, events, probe } = facts.systemQueues;
    const read = new Set([...facts.services.flatMap(({ reads }) => reads), ...facts.org.reads]);
    const unread = facts.queues.filter((queue) => !read.has(queue) && ![retry, events, probe].includes(queue));
    assert.deepEqual(unread, []);
  });

  test('that is read is declared', () => {
    const unknown = facts.services.flatMap(({ reads }) => reads).filter((queue) => !facts.queues.includes(queue));
    assert.deepEqual(unknown, []);
  });
});
