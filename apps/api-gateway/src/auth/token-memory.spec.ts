import { TokenMemory } from './token-memory';

const holder = (userId: number) => ({ tokenId: userId, viewer: { userId, email: `${userId}@x.org`, perms: 0 } });

it('remembers for a second, counted from before the look-up', () => {
  let now = 1_000;
  const memory = new TokenMemory(() => now);
  const askedAt = memory.time();
  now += 400;
  memory.keep('a', holder(1), askedAt);
  now += 599;
  expect(memory.recall('a')).toEqual(holder(1));
  now += 1;
  expect(memory.recall('a')).toBeNull();
});

it('forgets all tokens of one user', () => {
  const memory = new TokenMemory(() => 0);
  memory.keep('a', holder(1), 0);
  memory.keep('b', holder(1), 0);
  memory.keep('c', holder(2), 0);
  memory.forgetUser(1);
  expect(['a', 'b', 'c'].map((hash) => memory.recall(hash)?.viewer.userId)).toEqual([undefined, undefined, 2]);
});

it('keeps a thousand, the newest', () => {
  const memory = new TokenMemory(() => 0);
  for (let index = 0; index <= 1_000; index += 1) memory.keep(`token ${index}`, holder(index), 0);
  expect(memory.recall('token 0')).toBeNull();
  expect(memory.recall('token 1')).not.toBeNull();
  expect(memory.recall('token 1000')).not.toBeNull();
});
