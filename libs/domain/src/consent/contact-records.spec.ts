import { contactRecords, type ContactRecord } from './contact-records';

type Answer = boolean | null;
const answers: Answer[] = [true, false, null];
const collector = (deliveryConsent: boolean, communicationConsent: Answer): ContactRecord => ({
  party: 'collector',
  deliveryConsent,
  communicationConsent,
});
const lead = (deliveryConsent: boolean, communicationConsent: Answer): ContactRecord => ({
  party: 'lead',
  deliveryConsent,
  communicationConsent,
});

const bools = [true, false];
const unsplit = bools.flatMap((pageDelivery) =>
  bools.flatMap((forceDelivery) =>
    answers.flatMap((optIn) =>
      answers.map((leadOptIn): [object, ContactRecord[]] => [
        { split: false, pageDelivery, forceDelivery, optIn, leadOptIn },
        [collector(true, optIn)],
      ]),
    ),
  ),
);
const delivering = answers.flatMap((optIn) =>
  answers.map((leadOptIn): [object, ContactRecord[]] => [
    { split: true, pageDelivery: true, forceDelivery: false, optIn, leadOptIn },
    leadOptIn === true ? [collector(true, optIn), lead(false, true)] : [collector(true, optIn)],
  ]),
);
const forced = answers.flatMap((optIn) =>
  answers.map((leadOptIn): [object, ContactRecord[]] => [
    { split: true, pageDelivery: true, forceDelivery: true, optIn, leadOptIn },
    [collector(true, optIn), lead(true, leadOptIn)],
  ]),
);
const leadOnly = bools.flatMap((forceDelivery) =>
  answers.flatMap((optIn) =>
    answers.map((leadOptIn): [object, ContactRecord[]] => [
      { split: true, pageDelivery: false, forceDelivery, optIn, leadOptIn },
      optIn === true ? [collector(false, true), lead(true, leadOptIn)] : [lead(true, leadOptIn)],
    ]),
  ),
);

describe('contact records', () => {
  it.each(unsplit)('go to the collector alone when it leads the campaign: %j', (input, expected) => {
    expect(contactRecords(input as Parameters<typeof contactRecords>[0])).toEqual(expected);
  });

  it.each(delivering)('go to the lead only with its opt-in when the page delivers: %j', (input, expected) => {
    expect(contactRecords(input as Parameters<typeof contactRecords>[0])).toEqual(expected);
  });

  it.each(forced)('go to both when delivery is forced: %j', (input, expected) => {
    expect(contactRecords(input as Parameters<typeof contactRecords>[0])).toEqual(expected);
  });

  it.each(leadOnly)(
    'go to the collector only with its opt-in when the page does not deliver: %j',
    (input, expected) => {
      expect(contactRecords(input as Parameters<typeof contactRecords>[0])).toEqual(expected);
    },
  );
});
