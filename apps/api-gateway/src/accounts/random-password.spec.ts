import { randomPassword } from './random-password';

it('has 16 letters, 4 digits and 2 symbols, and is another each time', () => {
  const made = new Set(Array.from({ length: 50 }, randomPassword));
  expect(made.size).toBe(50);
  for (const password of made) {
    const counts = [/[a-zA-Z]/g, /[0-9]/g, /[!?@#$%^&*_]/g].map((form) => password.match(form)?.length);
    expect(counts).toEqual([16, 4, 2]);
  }
});
