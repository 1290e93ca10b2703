import { losesAccess, orgPermissions, servicePermissions } from './permissions';

/** As the broker does it: a match anywhere in the name. */
const allows = (pattern: string, name: string): boolean => new RegExp(pattern).test(name);

describe('losesAccess', () => {
  const reading = (read: string) => ({ configure: '^$', write: '^$', read });

  it.each([
    [undefined, '^(a)$', false],
    ['^$', '^(a)$', false],
    ['^(a)$', '^(a|b)$', false],
    ['^(a|b)$', '^(b|a)$', false],
    ['^(a|b)$', '^(b)$', true],
    ['^(a|b)$', '^(a|c)$', true],
    ['^(a)$', '^$', true],
  ])('%s, then %s: %s', (before, after, expected) => {
    const found = before === undefined ? undefined : reading(before);
    expect(losesAccess(found, { permissions: reading(after), isMoving: false })).toBe(expected);
    expect(losesAccess(found, { permissions: reading(after), isMoving: true })).toBe(false);
  });
});

describe('orgPermissions', () => {
  const { configure, write, read } = orgPermissions({ id: 7, name: 'green-org' });

  it.each([
    'green-org.crm',
    'green-org.confirm',
    'green-org.moderate',
    'cus.7.deliver',
    'cus.7.confirm.supporter',
    'cus.7.confirm.action',
  ])('let it read %s', (queue) => {
    expect(allows(read, queue)).toBe(true);
  });

  it.each([
    'green-orgs.crm',
    'xgreen-org.crm',
    'green-org.crm2',
    'green-orgxcrm',
    'green-org.webhook',
    'cus.77.deliver',
    'cus.7.deliver.x',
    'system.retry',
    'amq.default',
    '',
  ])('never "%s"', (queue) => {
    expect(allows(read, queue)).toBe(false);
  });

  it.each(['green-org.crm', 'amq.default', 'deliver', 'system.retry'])('nor configure or write %s', (name) => {
    expect([allows(configure, name), allows(write, name)]).toEqual([false, false]);
  });

  it('let it read what is left under a former name', () => {
    expect(orgPermissions({ id: 7, name: 'new' }, ['old.crm', 'new.crm']).read).toBe(
      '^(new\\.crm|new\\.confirm|new\\.moderate|cus\\.7\\.deliver|cus\\.7\\.confirm\\.supporter|cus\\.7\\.confirm\\.action|old\\.crm)$',
    );
  });
});

describe('servicePermissions', () => {
  it.each(Object.entries(servicePermissions))(
    '%s never writes to the default exchange',
    (_user, { configure, write }) => {
      expect([allows(configure, 'amq.default'), allows(write, 'amq.default')]).toEqual([false, false]);
    },
  );

  it.each(Object.entries(servicePermissions))('%s configures its own queues alone', (_user, { configure }) => {
    const shared = ['system.ingest.0', 'event', 'reply', 'green.crm', 'event.topology.1', 'xreply.api-gateway.1'];
    expect(shared.filter((name) => allows(configure, name))).toEqual([]);
  });
});
