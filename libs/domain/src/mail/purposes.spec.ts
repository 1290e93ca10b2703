import fc from 'fast-check';
import {
  mailRequestPurpose,
  mttPurpose,
  mttTestPurpose,
  supporterMailPurpose,
  type SupporterMailKind,
} from './purposes';

describe('purpose', () => {
  it.each([
    [supporterMailPurpose({ kind: 'thank_you', actionId: 5 }), 'supporter:thank_you:5'],
    [supporterMailPurpose({ kind: 'thank_you', actionId: 5, requeue: 2 }), 'supporter:thank_you:5:r2'],
    [supporterMailPurpose({ kind: 'reminder', actionId: 5, reminder: 1 }), 'supporter:reminder:5:n1'],
    [supporterMailPurpose({ kind: 'reminder', actionId: 5, reminder: 1, requeue: 3 }), 'supporter:reminder:5:n1:r3'],
    [mttPurpose({ targetId: 'a4-b', contactRef: 'x_Y-z' }), 'mtt:a4-b:x_Y-z'],
    [mttPurpose({ targetId: 'a:b', contactRef: 'c:r1' }), 'mtt:a%3Ab:c%3Ar1'],
    [mttTestPurpose({ messageId: 9 }), 'mtt-test:9'],
    [mailRequestPurpose('confirm:7:12'), 'confirm:7:12'],
    [mailRequestPurpose('user:user_reset:7'), 'user:user_reset:7'],
    [mailRequestPurpose('supporter:thank_you:5'), 'request:supporter:thank_you:5'],
    [mailRequestPurpose('request:x'), 'request:request:x'],
  ])('%s', (purpose, expected) => {
    expect(purpose).toBe(expected);
  });

  const kinds: SupporterMailKind[] = ['thank_you', 'duplicate', 'confirm', 'confirm_again', 'reminder'];
  const number = fc.integer({ min: 1, max: 12 });
  const maybe = fc.option(number);
  const word = fc.stringMatching(/^[ab:r1%/ ]{1,4}$/);
  const about = fc.oneof(
    fc.record({
      of: fc.constant('supporter' as const),
      kind: fc.constantFrom(...kinds),
      actionId: number,
      reminder: maybe,
      requeue: maybe,
    }),
    fc.record({ of: fc.constant('target' as const), targetId: word, contactRef: word, requeue: maybe }),
    fc.record({ of: fc.constant('test' as const), messageId: number, requeue: maybe }),
  );
  type About = typeof about extends fc.Arbitrary<infer Facts> ? Facts : never;
  const purposeOf = (facts: About): string => {
    if (facts.of === 'supporter') return supporterMailPurpose(facts);
    return facts.of === 'target' ? mttPurpose(facts) : mttTestPurpose(facts);
  };

  it('is the same for the same mail and no other', () => {
    fc.assert(
      fc.property(fc.array(about, { minLength: 2, maxLength: 60 }), (all) => {
        const mails = new Map(all.map((facts) => [JSON.stringify(facts), facts]));
        const purposes = [...mails.values()].map(purposeOf);
        expect(new Set(purposes).size).toBe(mails.size);
        expect([...mails.values()].map(purposeOf)).toEqual(purposes);
      }),
      { seed: 1789, numRuns: 300 },
    );
  });

  it('of a mail request is never one made here, nor that of another request', () => {
    const asked = fc.oneof(
      fc.string(),
      about.map(purposeOf),
      about.map((facts) => `request:${purposeOf(facts)}`),
    );
    fc.assert(
      fc.property(asked, asked, about, (one, other, facts) => {
        expect(mailRequestPurpose(one)).not.toBe(purposeOf(facts));
        if (one !== other) expect(mailRequestPurpose(one)).not.toBe(mailRequestPurpose(other));
      }),
      { seed: 1848, numRuns: 500 },
    );
  });
});
