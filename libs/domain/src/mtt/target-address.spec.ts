import type { MessageOutcomeKind } from './message-state';
import { applyToAddress, newAddress, type AddressRecord } from './target-address';

const at = (minute: number) => new Date(Date.UTC(2025, 0, 6, 10, minute));
interface Told {
  kind: MessageOutcomeKind;
  at: Date;
  askedAt: Date;
  error?: string;
}
const told = (kind: MessageOutcomeKind, minute: number, askedMinute = 0): Told => ({
  kind,
  at: at(minute),
  askedAt: at(askedMinute),
});
const apply = (stories: Told[], limit = 1): AddressRecord =>
  stories.reduce(
    (address, { kind, at: toldAt, askedAt, error = kind }) =>
      applyToAddress(address, { askedAt, hasBounced: false }, { kind, attempt: null, error, at: toldAt }, limit) ??
      address,
    newAddress,
  );

describe('applyToAddress', () => {
  it.each<[string, Told[], Partial<AddressRecord>]>([
    ['taken mail', [told('sent', 1)], { status: 'active', softBounces: 0 }],
    ['a bounce', [told('bounce', 2)], { status: 'bounce', error: 'bounce' }],
    ['a soft bounce, at a limit of one', [told('soft_bounce', 2)], { status: 'bounce', softBounces: 1 }],
    ['a complaint after a bounce', [told('bounce', 2), told('spam', 3)], { status: 'spam' }],
    ['a bounce told before its mail was told as taken', [told('bounce', 2), told('sent', 1)], { status: 'bounce' }],
    ['a mail returned for its address', [{ ...told('returned', 2), error: 'suppressed' }], { status: 'blocked' }],
    ['a mail returned for its campaign', [{ ...told('returned', 2), error: 'paused' }], { status: 'none' }],
    ['a click', [told('clicked', 2)], { status: 'none' }],
  ])('after %s', (_, story, expected) => {
    expect(apply(story)).toMatchObject(expected);
  });

  it('forgets soft bounces when a later mail is taken, in either order', () => {
    const story = [told('soft_bounce', 2), told('sent', 6, 5)];
    const expected = { status: 'active', softBounces: 0 };
    expect(apply(story, 3)).toMatchObject(expected);
    expect(apply(story.reverse(), 3)).toMatchObject(expected);
  });

  it('keeps a soft bounce when a mail that was under way is taken, in either order', () => {
    const story = [told('soft_bounce', 2), told('sent', 6, 1)];
    expect(apply(story, 3)).toMatchObject({ softBounces: 1 });
    expect(apply(story.reverse(), 3)).toMatchObject({ softBounces: 1 });
  });

  it('counts a mail that bounced softly once', () => {
    const again = { askedAt: at(0), hasBounced: true };
    expect(
      applyToAddress(newAddress, again, { kind: 'soft_bounce', attempt: null, error: null, at: at(1) }, 1),
    ).toBeNull();
  });
});
