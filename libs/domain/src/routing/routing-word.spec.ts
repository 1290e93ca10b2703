import { deliverWord, supporterConfirmWord } from './routing-word';

describe('routing word', () => {
  it.each([
    [true, true, true, 'system'],
    [true, true, false, 'system'],
    [true, false, true, 'system'],
    [true, false, false, 'custom'],
    [false, true, true, 'system'],
    [false, true, false, 'custom'],
    [false, false, true, 'system'],
    [false, false, false, 'custom'],
  ])('of deliver: collector %s, email %s, push %s is %s', (isCollector, hasEmailBackend, hasPushBackend, word) => {
    expect(deliverWord({ isCollector, hasEmailBackend, hasPushBackend })).toBe(word);
  });

  it.each([
    [true, 'custom'],
    [false, 'system'],
  ])('of supporter confirm: custom queue %s is %s', (customSupporterConfirm, word) => {
    expect(supporterConfirmWord({ customSupporterConfirm })).toBe(word);
  });
});
