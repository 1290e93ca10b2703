import { heedsConsumerCredit, judgeBrokerVersion, knownVersions } from './broker-version';

describe('judgeBrokerVersion', () => {
  it.each([
    ['3.9.29', 'refused'],
    ['3.8.0', 'refused'],
    ['2.99.99', 'refused'],
    ['3.10.0', 'untested'],
    ['3.10.7', 'untested'],
    ['3.10.8', 'usable'],
    ['3.10.25', 'usable'],
    ['3.11.0', 'untested'],
    ['3.13.7', 'untested'],
    ['4.0.0', 'untested'],
    ['4.2.1-beta.1', 'untested'],
    ['3.10.8+1.g0', 'usable'],
    ['custom build', 'untested'],
  ])('%s is %s', (version, verdict) => {
    expect(judgeBrokerVersion(version).verdict).toBe(verdict);
  });

  it('refuses a single bad release in the middle of a series once it is listed', () => {
    const listed = [{ from: '9.1.3', before: '9.1.5', verdict: 'refused', why: 'drops acks' } as const];
    const verdicts = ['9.1.2', '9.1.3', '9.1.4', '9.1.5'].map((version) => judgeBrokerVersion(version, listed).verdict);
    expect(verdicts).toEqual(['untested', 'refused', 'refused', 'untested']);
    expect(judgeBrokerVersion('9.1.4', listed).why).toBe('drops acks');
  });

  it.each([
    ['3.10.8', true],
    ['3.13.7', true],
    ['4.0.0', false],
    ['custom build', false],
  ])('%s heeds a consumer without credit: %s', (version, heeds) => {
    expect(heedsConsumerCredit(version)).toBe(heeds);
  });

  it('has a reason for every range', () => {
    for (const { why } of knownVersions) expect(why).not.toBe('');
  });
});
