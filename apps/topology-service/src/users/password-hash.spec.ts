import { hashForBroker, hashingAlgorithm, isPasswordOf } from './password-hash';

/** Made by RabbitMQ 3.10.8. */
const hash = 'pTdJj24lA1ly+299/iiNJiyLRUX44lJ68p/w8qP51lIGoVMK';
const algorithm = 'rabbit_password_hashing_sha256';

describe('isPasswordOf', () => {
  it.each([
    ['gateway-pässword', true],
    ['gateway-password', false],
    ['', false],
  ])('%s: %s', (password, expected) => {
    expect(isPasswordOf(hash, algorithm, password)).toBe(expected);
  });

  it('says no to another algorithm and to a user without a password', () => {
    expect(isPasswordOf(hash, 'rabbit_password_hashing_sha512', 'gateway-pässword')).toBe(false);
    expect(isPasswordOf('', algorithm, '')).toBe(false);
  });

  it('knows a hash of ours, which is another one each time', () => {
    const [one, other] = [hashForBroker('geheim'), hashForBroker('geheim')];
    expect(one).not.toBe(other);
    expect([one, other].map((made) => isPasswordOf(made, hashingAlgorithm, 'geheim'))).toEqual([true, true]);
  });
});
