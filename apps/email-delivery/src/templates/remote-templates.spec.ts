import { setImmediate as turn } from 'node:timers/promises';
import { RemoteTemplateLists, RemoteTemplatesAwayError, type RemoteTemplate } from './remote-templates';

const settings = { maxAgeMs: 600_000, retryAfterMs: 30_000, timeoutMs: 50 };

/** A provider that holds a list, and may be away or hang. */
function aProvider() {
  const provider = {
    templates: [] as RemoteTemplate[],
    calls: 0,
    nowMs: 1_000_000,
    answer: 'at once' as 'at once' | 'never' | 'failing',
    warnings: [] as object[],
    read: (): Promise<RemoteTemplate[]> => {
      provider.calls += 1;
      if (provider.answer === 'never') return new Promise(() => undefined);
      if (provider.answer === 'failing') return Promise.reject(new Error('HTTP 503'));
      return Promise.resolve([...provider.templates]);
    },
  };
  const logger = { warn: (fields: object) => provider.warnings.push(fields) };
  const lists = new RemoteTemplateLists(provider.read, logger, settings, () => provider.nowMs);
  return { provider, lists };
}
const named = (name: string, ref = `ref of ${name}`) => ({ name, ref });

it('reads the list once for many who look', async () => {
  const { provider, lists } = aProvider();
  provider.templates = [named('a'), named('b'), named('a', 'second')];
  expect(await Promise.all([lists.find(1, 'a'), lists.find(1, 'b'), lists.find(1, 'c')])).toEqual([
    'ref of a',
    'ref of b',
    null,
  ]);
  expect(await lists.find(1, 'a')).toBe('ref of a');
  expect(provider.calls).toBe(1);
});

it('has a list for each service', async () => {
  const { provider, lists } = aProvider();
  await Promise.all([lists.find(1, 'a'), lists.find(2, 'a')]);
  expect(provider.calls).toBe(2);
});

it('looks again for what is missing, at most once in 30 s', async () => {
  const { provider, lists } = aProvider();
  expect(await lists.find(1, 'new')).toBeNull();
  provider.templates = [named('new')];
  provider.nowMs += 29_999;
  expect(await lists.find(1, 'new')).toBeNull();
  expect(provider.calls).toBe(1);
  provider.nowMs += 1;
  expect(await lists.find(1, 'new')).toBe('ref of new');
  expect(provider.calls).toBe(2);
});

it('reads anew after 10 min, while the old list answers', async () => {
  const { provider, lists } = aProvider();
  provider.templates = [named('a', '1')];
  await lists.find(1, 'a');
  provider.templates = [named('a', '2')];
  provider.nowMs += 600_000;
  expect(await lists.find(1, 'a')).toBe('1');
  await turn();
  expect(await lists.find(1, 'a')).toBe('2');
  expect(provider.calls).toBe(2);
});

it('keeps the old list when reading fails, and tries again after 30 s', async () => {
  const { provider, lists } = aProvider();
  provider.templates = [named('a')];
  await lists.find(1, 'a');
  provider.answer = 'failing';
  provider.nowMs += 600_000;
  for (let i = 0; i < 3; i += 1) {
    expect(await lists.find(1, 'a')).toBe('ref of a');
    await turn();
  }
  expect(provider.calls).toBe(2);
  expect(provider.warnings).toEqual([{ serviceId: 1, reason: 'HTTP 503', kept: 1 }]);
  await expect(lists.find(1, 'unknown')).rejects.toThrow(RemoteTemplatesAwayError);
  provider.nowMs += 30_000;
  provider.answer = 'at once';
  expect(await lists.find(1, 'unknown')).toBeNull();
});

it('a provider that never answers holds nobody up for longer than the timeout, and is no "not found"', async () => {
  const { provider, lists } = aProvider();
  provider.answer = 'never';
  const looks = await Promise.allSettled([lists.find(1, 'a'), lists.find(1, 'b')]);
  expect(looks.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(provider.calls).toBe(1);
  await expect(lists.find(1, 'a')).rejects.toThrow('templates of service 1: no answer in 50 ms');
  expect(provider.calls).toBe(1);
});

it('one slow service holds up no other', async () => {
  const { provider, lists } = aProvider();
  provider.answer = 'never';
  const slow = lists.find(1, 'a').catch(() => 'away');
  provider.answer = 'at once';
  provider.templates = [named('a')];
  expect(await Promise.race([slow, lists.find(2, 'a')])).toBe('ref of a');
  await slow;
});

it('forgets a service that was changed', async () => {
  const { provider, lists } = aProvider();
  provider.templates = [named('a', '1')];
  await lists.find(1, 'a');
  provider.templates = [named('a', '2')];
  lists.forget(1);
  expect(await lists.find(1, 'a')).toBe('2');
});

it('tells all names as the provider has them now, each time it is asked', async () => {
  const { provider, lists } = aProvider();
  provider.templates = [named('a')];
  expect(await lists.names(1, 50)).toEqual({ names: ['a'], isCurrent: true });
  provider.templates = [named('b')];
  provider.nowMs += 1;
  expect(await lists.names(1, 50)).toEqual({ names: ['b'], isCurrent: true });
});

it('tells the names it knew while the provider is away or slow, and that they are old', async () => {
  const { provider, lists } = aProvider();
  provider.answer = 'failing';
  expect(await lists.names(1, 50)).toEqual({ names: null, isCurrent: false });
  provider.answer = 'at once';
  provider.templates = [named('a')];
  provider.nowMs += settings.retryAfterMs;
  expect(await lists.names(1, 50)).toEqual({ names: ['a'], isCurrent: true });
  provider.answer = 'never';
  provider.nowMs += 1;
  expect(await lists.names(1, 5)).toEqual({ names: ['a'], isCurrent: false });
});

it('does not ask a provider again at once that has just failed', async () => {
  const { provider, lists } = aProvider();
  provider.answer = 'failing';
  await lists.names(1, 50);
  await lists.names(1, 50);
  expect(provider.calls).toBe(1);
});
