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

  it("takes the files at the org's own pages along, of signatures and of other actions", () => {
    const file = { objectId: '018f4c2e-0000-7000-8000-000000000001', name: 'harald.jpg', type: 'image/jpeg', size: 1 };
    const action = { ...fixture.action, attachments: [file] };
    const own = { ...scope, orgId: fixture.orgId };
    const signed = JSON.parse(String(withoutErased(JSON.stringify({ ...split, action }), own))) as ContactSubmissionV1;
    expect(signed.action).toEqual(fixture.action);
    const acted = { ...fixture, kind: 'action', contacts: undefined, action };
    expect(JSON.parse(String(withoutErased(JSON.stringify(acted), own)))).toMatchObject({ action: fixture.action });
    const elsewhere = { ...own, orgId: fixture.orgId + 1 };
    expect(withoutErased(JSON.stringify(acted), elsewhere)).toBeNull();
    expect(withoutErased(JSON.stringify({ ...acted, action: fixture.action }), own)).toBeNull();
  });

  it('takes what a look-up found, and lets the action go on', () => {
    const found = JSON.parse(readFileSync('libs/contracts/fixtures/command.v1.detail-result.json', 'utf8')) as object;
    const result = { ...found, ref: fixture.ref, orgId: record.orgId };
    const left = withoutErased(JSON.stringify(result), scope);
    expect(JSON.parse(String(left))).toEqual({ ...result, outcome: 'nothing', details: null });
    expect(withoutErased(String(left), scope)).toBeNull();
    expect(withoutErased(JSON.stringify(result), { ...scope, orgId: 1 })).toBeNull();
  });

  it('says what it cannot read', () => {
    expect(withoutErased(`{"ref":"${fixture.ref}"`, scope)).toBe('unreadable');
    expect(withoutErased('null', scope)).toBeNull();
  });
});
