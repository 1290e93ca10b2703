import { likePattern } from './user-input';

it.each([
  ['%@example.org', '%@example.org'],
  ['a\\', 'a'],
  ['\\', ''],
  ['a\\\\', 'a\\\\'],
  ['a\\\\\\', 'a\\\\'],
  ['a\\%', 'a\\%'],
])('%j is matched as %j', (pattern, matched) => expect(likePattern(pattern)).toBe(matched));
