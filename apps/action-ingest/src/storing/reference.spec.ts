import { randomBytes } from 'node:crypto';
import { partitionCount } from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import { bytesOf, partitionOf, withCanonicalRefs } from './reference';

const common = {
  schema: 'groundswell:submission:1' as const,
  acceptedAt: '2026-11-20T10:00:00.000Z',
  pageId: 1,
  campaignId: 1,
  orgId: 1,
};
const aLink = (ref: string, linkRefs: string[]) => ({ ...common, id: uuidV7(), kind: 'link' as const, ref, linkRefs });

describe('a reference', () => {
  it('lies in the partition of its first four bytes', () => {
    const ref = (bytes: number[]) => Buffer.from([...bytes, ...Buffer.alloc(28, 9)]).toString('base64url');
    expect(partitionOf(ref([0, 0, 0, 0]))).toBe(0);
    expect(partitionOf(ref([0, 0, 0, 5]))).toBe(5);
    expect(partitionOf(ref([0xff, 0xff, 0xff, 0xff]))).toBe(15);
    expect(partitionOf(ref([1, 2, 3, 20]))).toBe(4);
  });

  it('lies in some partition, always the same, whatever its text', () => {
    for (const ref of ['a', 'ab', 'no base64!', '…', 'x'.repeat(255), '====']) {
      const partition = partitionOf(ref);
      expect(partition).toBeGreaterThanOrEqual(0);
      expect(partition).toBeLessThan(partitionCount);
      expect(partitionOf(ref)).toBe(partition);
    }
  });

  it('keeps no memory but its own while it is known', () => {
    for (const ref of [randomBytes(32).toString('base64url'), 'no base64!']) {
      const bytes = bytesOf(ref);
      expect(bytes.buffer.byteLength).toBe(bytes.length);
    }
  });

  it('spreads over all partitions', () => {
    const refs = Array.from({ length: 1_000 }, () => randomBytes(32).toString('base64url'));
    expect(new Set(refs.map(partitionOf)).size).toBe(partitionCount);
  });

  it('is one in all its spellings', () => {
    const bytes = Buffer.from([0xfb, 0xff, 0x01, 0x02, 0x03]);
    const ref = bytes.toString('base64url');
    const padded = `${ref}=`;
    expect(bytesOf(padded)).toEqual(bytes);
    expect(partitionOf(padded)).toBe(partitionOf(ref));
    expect(withCanonicalRefs(aLink(padded, [padded, ref]))).toMatchObject({ ref, linkRefs: [ref, ref] });
  });

  it('that is no base64url stays the text it is', () => {
    expect(bytesOf('shared link!')).toEqual(Buffer.from('shared link!'));
    expect(withCanonicalRefs(aLink('shared link!', ['ä']))).toMatchObject({ ref: 'shared link!', linkRefs: ['ä'] });
  });

  it('carried by a contact is spelled the same way, or is none', () => {
    const ref = Buffer.from([1, 2, 3, 4, 5]).toString('base64url');
    const contact = {
      ...common,
      id: uuidV7(),
      kind: 'contact' as const,
      ref: `${ref}=`,
      carriedRef: `${ref}=` as string | null,
      supporter: { firstName: null, lastName: null, email: null, address: null, area: null },
      clearAtDeliver: [],
      contacts: [],
      source: null,
      action: { actionType: 'register', fields: {}, testing: false, donation: null, mtt: null },
    };
    expect(withCanonicalRefs({ ...contact })).toMatchObject({ ref, carriedRef: ref });
    expect(withCanonicalRefs({ ...contact, carriedRef: null })).toMatchObject({ carriedRef: null });
  });

  it('is found again after more references than are kept', () => {
    const ref = randomBytes(32).toString('base64url');
    const partition = partitionOf(ref);
    for (let n = 0; n < 5_000; n += 1) partitionOf(`other ${n}`);
    expect(partitionOf(ref)).toBe(partition);
    expect(bytesOf(ref).toString('base64url')).toBe(ref);
  });
});
