import type { ClaimedDelivery } from '../deliveries/delivery';
import type { OutgoingMail } from '../providers/mail-provider';
import { composeBatch } from './batch-composer';
import type { Composed } from './compose';

const rows = (count: number) => Array.from({ length: count }, (_, id) => ({ id }) as ClaimedDelivery);
const mail = (bytes = 0): Composed => ({
  kind: 'mail',
  mail: { attachments: [{ name: 'a', type: 'b', content: Buffer.alloc(bytes) }] } as unknown as OutgoingMail,
});
const never = new Promise<Composed>(() => undefined);
const limits = { deadlineMs: 20, maxBytes: 100 };
const kinds = async (count: number, compose: (id: number) => Promise<Composed>) =>
  (await composeBatch(rows(count), ({ id }) => compose(id), limits)).map(({ composed }) => composed?.kind ?? 'not now');

describe('composeBatch', () => {
  it('composes all there is time and room for', async () => {
    expect(await kinds(3, () => Promise.resolve(mail(30)))).toEqual(['mail', 'mail', 'mail']);
  });

  it('leaves for another call what comes after a mail that takes too long', async () => {
    expect(await kinds(3, (id) => (id === 1 ? never : Promise.resolve(mail())))).toEqual([
      'mail',
      'not now',
      'not now',
    ]);
  });

  it('a mail that takes all the time by itself has had its attempt', async () => {
    expect(await kinds(2, () => never)).toEqual(['later', 'not now']);
  });

  it('leaves for another call what has no room in this one', async () => {
    expect(await kinds(3, () => Promise.resolve(mail(60)))).toEqual(['mail', 'mail', 'not now']);
    expect(await kinds(2, () => Promise.resolve(mail(101)))).toEqual(['mail', 'not now']);
  });

  it('throws a fault of ours', async () => {
    await expect(kinds(1, () => Promise.reject(new Error('database away')))).rejects.toThrow('database away');
  });
});
