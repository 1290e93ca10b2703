import { judgeBrokerVersion } from './broker-version';

describe('judgeBrokerVersion', () => {
  it.each([
    ['3.9.29', 'refused'],
    ['3.8.0', 'refused'],
    ['2.99.99', 'refused'],
    ['3.10.0', 'untested'],
    ['3.10.7', 'untested'],
    ['3.10.8', 'usable'],
    ['3.10.25', 'usable'],
    ['3.13.7', 'untested'],
    ['4.0.0', 'untested'],
    ['4.2.1-beta.1', 'untested'],
    ['3.10.8+1.g0', 'usable'],
    ['custom build', 'untested'],
  ])('%s is %s', (version, verdict) => {
    expect(judgeBrokerVersion(version)).toBe(verdict);
  });
});
