import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from './version';

it('is the one of package.json', () => {
  const manifest = join(import.meta.dirname, '../../../../package.json');
  expect(JSON.parse(readFileSync(manifest, 'utf8'))).toMatchObject({ version });
});
