import { readFileSync, writeFileSync } from 'node:fs';
import { diagram } from './architecture/diagram.mjs';
import { readFacts } from './architecture/facts.mjs';
import { pageWith } from './architecture/tables.mjs';
import { inRoot } from './paths.mjs';

/**
 * `node tools/architecture.mjs`: writes docs/architecture.svg and the tables of docs/architecture.md from the contracts, the topology, the
 * consumer tables and the grants. To be run when one of these changes; tools/test/architecture.test.mjs compares.
 */
const facts = await readFacts();
const page = inRoot('docs', 'architecture.md');
writeFileSync(inRoot('docs', 'architecture.svg'), diagram(facts));
writeFileSync(page, pageWith(readFileSync(page, 'utf8'), facts));
