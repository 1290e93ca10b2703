import { CallSlots } from './call-slots';

const one = { orgId: 1, serviceId: 10 };
const other = { orgId: 2, serviceId: 20 };

/** Calls that end when they are told to. */
function pending() {
  const ends: (() => void)[] = [];
  return {
    work: () => new Promise<void>((resolve) => void ends.push(resolve)),
    endAll: () => ends.splice(0).map((end) => end()),
  };
}

it('an endpoint that has not answered yet holds two calls, one more after each success', () => {
  const slots = new CallSlots({ all: 64, perOrg: 4 });
  expect(slots.allowed(one, 4)).toBe(2);
  slots.succeeded(10);
  expect(slots.allowed(one, 4)).toBe(3);
  for (let successes = 0; successes < 9; successes += 1) slots.succeeded(10);
  expect(slots.allowed(one, 4)).toBe(4);
  slots.failed(10);
  expect(slots.allowed(one, 4)).toBe(2);
});

it('calls under way count for their endpoint and their org', async () => {
  const slots = new CallSlots({ all: 64, perOrg: 3 });
  const { work, endAll } = pending();
  slots.run(one, work);
  slots.run(one, work);
  expect(slots.allowed(one, 3)).toBe(0);
  expect(slots.allowed({ orgId: 1, serviceId: 11 }, 3)).toBe(1);
  expect(slots.allowed(other, 3)).toBe(2);
  expect(slots.isCalled(10)).toBe(true);
  endAll();
  await slots.idle();
  expect(slots.allowed(one, 3)).toBe(2);
  expect(slots.isCalled(10)).toBe(false);
});

it('endpoints that are silent leave a quarter of all to those that answer', () => {
  const slots = new CallSlots({ all: 8, perOrg: 4 });
  const { work } = pending();
  for (let org = 1; org <= 3; org += 1) {
    for (let call = 0; call < 2; call += 1) slots.run({ orgId: org, serviceId: org }, work);
  }
  expect(slots.allowed({ orgId: 4, serviceId: 4 }, 4)).toBe(0);
  slots.succeeded(5);
  expect(slots.allowed({ orgId: 5, serviceId: 5 }, 4)).toBe(2);
});

it('a call that fails frees its place', async () => {
  const slots = new CallSlots({ all: 4, perOrg: 4 });
  slots.run(one, () => Promise.reject(new Error('no')));
  await slots.idle();
  expect(slots.free).toBe(4);
});
