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
  const hash = await hashPassword('right', 7);
  const timeOf = async (check: () => Promise<boolean>): Promise<number> => {
    const startedAt = process.cpuUsage();
    await check();
    return process.cpuUsage(startedAt).user;
  };
  const ratios: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const unknown = await timeOf(() => verifyAgainstNothing('wrong', 7));
    const wrong = await timeOf(() => verifyPassword('wrong', hash));
    ratios.push(unknown / wrong);
  }
  const median = ratios.sort((one, two) => one - two)[2]!;
  expect(median).toBeGreaterThan(0.4);
  expect(median).toBeLessThan(2.5);
});

it.each(['', 'plain', '$pbkdf2-sha512$1000$c2FsdA$', '$pbkdf2-md5$1$c2FsdA$AAAA', '$2b$12$short'])(
  'matches nothing against the stored text %j',
  async (stored) => expect(await verifyPassword('', stored, cheap)).toBe(false),
);
