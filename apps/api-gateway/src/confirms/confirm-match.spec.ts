import { isMadeFor } from './confirm-match';

const invitation = { email: 'Anna@example.org', objectId: 1541760 };
const launch = { email: null, objectId: 31 };
const open = { email: null, objectId: null };

it.each([
  ['an invitation by its address', invitation, { email: 'anna@example.org' }, true],
  ['an invitation by its object', invitation, { objectId: 1541760 }, true],
  ['an invitation with a wrong address, whatever the object', invitation, { email: 'x@y', objectId: 1541760 }, false],
  ['an invitation by the code alone', invitation, {}, false],
  ['a launch by its page', launch, { objectId: 31 }, true],
  ['a launch by another page', launch, { objectId: 32 }, false],
  ['a launch with an address', launch, { email: 'anna@example.org', objectId: 31 }, false],
  ['a launch by the code alone', launch, {}, false],
  ['an open code alone', open, { email: null, objectId: null }, true],
  ['an open code with an object', open, { objectId: 31 }, false],
  ['an empty address as none', launch, { email: '', objectId: 31 }, true],
])('%s', (_case, confirm, input, expected) => {
  expect(isMadeFor(confirm, { code: '1', ...input })).toBe(expected);
});
