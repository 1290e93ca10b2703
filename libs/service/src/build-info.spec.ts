import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { release } from './build-info';

it('is the release of package.json', () => {
  const manifest = join(import.meta.dirname, '../../../package.json');
  expect(JSON.parse(readFileSync(manifest, 'utf8'))).toMatchObject({ version: release });
});
