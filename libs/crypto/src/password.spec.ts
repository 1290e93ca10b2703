import { hashPassword, verifyAgainstNothing, verifyPassword } from './password';

const cheap = 4;

it('checks a bcrypt hash', async () => {
  const hash = await hashPassword('zażółć', cheap);
  expect(hash).toMatch(/^\$2[aby]\$04\$/);
  expect(await verifyPassword('zażółć', hash)).toBe(true);
  expect(await verifyPassword('zazolc', hash)).toBe(false);
});

/** Known answers of Python's passlib. */
it.each([
  [
    'password',
    '$pbkdf2-sha512$19000$JMT4nzOmVKrV.p/TmlMKwQ$jKbZHoPwUWBT08pjb/CnUZmFcB9JW4dsOzVkfi9X6Pdn5NXWeY.mhL1Bm4V9rjYL5ZfA32uh7Gl2gt5YQa/JCA',
  ],
  [
    'p@$$w0rd',
    '$pbkdf2-sha512$19000$/J9TyllrjRFCyHnvHaMUIg$AJ3Dr926ltK1sOZMZAAoT7EoR7R/Hp.G6Bt.4DFENiYayhVM/ZBPuqjFNhcE9NjTmceTmLnSqzfEQ8mafy49sw',
  ],
])('checks the older hash of %j', async (password, hash) => {
  expect(await verifyPassword(password, hash)).toBe(true);
  expect(await verifyPassword(`${password} `, hash)).toBe(false);
});

it('checks an older hash over SHA-256', async () => {
  const hash = '$pbkdf2-sha256$60000$wCf4fwslR/xKS/RGgRszRw$p1XmqbB8u/EfvftMDoLyL4ZcVKT6Nz.Y4E/8xuoRePA';
  expect(await verifyPassword('funferal', hash)).toBe(true);
});

it('never matches a user that does not exist', async () => {
  expect(await verifyAgainstNothing('', cheap)).toBe(false);
});

it('costs as much for an unknown user as for a wrong password', async () => {
  const cost = 7;
  const hash = await hashPassword('right', cost);
  /** Bcrypt looks at the clock after each of its rounds. */
  const roundsOf = async (check: () => Promise<boolean>): Promise<number> => {
    const now = jest.spyOn(Date, 'now').mockReturnValue(0);
    await check();
    const looks = now.mock.calls.length;
    now.mockRestore();
    return looks;
  };
  for (const check of [() => verifyPassword('wrong', hash), () => verifyAgainstNothing('wrong', cost)]) {
    const rounds = await roundsOf(check);
    expect(rounds).toBeGreaterThan(2 ** cost);
    expect(rounds).toBeLessThan(2 ** (cost + 1));
  }
});

it.each(['', 'plain', '$pbkdf2-sha512$1000$c2FsdA$', '$pbkdf2-md5$1$c2FsdA$AAAA', '$2b$12$short'])(
  'matches nothing against the stored text %j',
  async (stored) => expect(await verifyPassword('', stored, cheap)).toBe(false),
);
