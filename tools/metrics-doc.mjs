import { writeFileSync } from 'node:fs';
import { fleet } from './fleet.mjs';
import { byName, declaredMetrics } from './metrics/declared.mjs';
import { documentOf } from './metrics/document.mjs';
import { inRoot } from './paths.mjs';

/** `node tools/metrics-doc.mjs`: writes docs/metrics.md from what the services declare. */
const { services } = await declaredMetrics();
writeFileSync(inRoot('docs', 'metrics.md'), documentOf(byName(services), fleet.length));
