import { readFileSync } from 'node:fs';
import { withoutErased } from './erased-submission';
import type { ContactSubmissionV1 } from './submission.v1';

const fixture = JSON.parse(
  readFileSync('libs/contracts/fixtures/submission.v1.contact.json', 'utf8'),
) as ContactSubmissionV1;
const [record] = fixture.contacts;
if (!record) throw new Error('the fixture has no record');
const alone = { ...fixture, contacts: [record] };
const split = { ...fixture, contacts: [record, { ...record, orgId: 990 }] };
const after = new Date(Date.parse(fixture.acceptedAt) + 1);
const scope = { orgId: record.orgId, ref: fixture.ref, erasedAt: after };

describe('withoutErased', () => {
  it('takes the org record out and leaves the others theirs, with the clear copies', () => {
    const left = JSON.parse(String(withoutErased(JSON.stringify(split), scope))) as ContactSubmissionV1;
    expect(left).toEqual({ ...fixture, contacts: [{ ...record, orgId: 990 }] });
  });

  it('takes the clear copies too once nobody has a record', () => {
    const left = JSON.parse(String(withoutErased(JSON.stringify(alone), scope))) as ContactSubmissionV1;
    expect(left.contacts).toEqual([]);
    expect(left.supporter).toEqual({
      firstName: null,
      lastName: null,
      email: null,
      address: null,
      area: fixture.supporter.area,
    });
    expect(left.action).toEqual(fixture.action);
  });

  it.each([
    ['of another org', { ...scope, orgId: 1 }],
    ['of another person', { ...scope, ref: 'AAAA' }],
    ['accepted at the moment of the tombstone or later', { ...scope, erasedAt: new Date(fixture.acceptedAt) }],
  ])('leaves alone what is %s', (_what, other) => {
    expect(withoutErased(JSON.stringify(fixture), other)).toBeNull();
  });

  it('says what it cannot read', () => {
    expect(withoutErased(`{"ref":"${fixture.ref}"`, scope)).toBe('unreadable');
    expect(withoutErased('null', scope)).toBeNull();
  });
});
