import { readFileSync } from 'node:fs';
import { fixedLimits } from './limits';

const page = readFileSync(new URL('../../../../docs/security/limits.md', import.meta.url), 'utf8');

it('is what docs/security/limits.md says', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\d+) \| (\d+) s \|/gm)];
  const documented = Object.fromEntries(
    rows.map(([, name, points, seconds]) => [name, { points: Number(points), seconds: Number(seconds) }]),
  );
  expect(documented).toEqual(fixedLimits);
});
