import { formatCustomId, isTargetCustomId, parseCustomId, type CustomId } from './custom-id';

describe('custom id', () => {
  it.each<[CustomId, string]>([
    [{ type: 'action', id: 42 }, 'action:42'],
    [{ type: 'mtt', id: 7 }, 'mtt:7'],
    [{ type: 'user', email: 'jo@example.org' }, 'user:jo@example.org'],
  ])('%j is %s', (about, text) => {
    expect(formatCustomId(about)).toBe(text);
    expect(parseCustomId(text)).toEqual(about);
    expect(parseCustomId(`${text}:more:parts`)).toEqual(about);
  });

  it.each([
    [''],
    [null],
    [undefined],
    ['action'],
    ['action:'],
    ['action:x'],
    ['action:4x'],
    ['action:-4'],
    ['action: 4'],
    ['action:1.5'],
    ['action:1e3'],
    ['action:0x1f'],
    ['action:99999999999999999999'],
    ['mtt:no'],
    ['Action:4'],
    ['constructor:4'],
    ['user:'],
    ['newsletter-2024'],
    [':4'],
  ])('%j is none', (text) => {
    expect(parseCustomId(text)).toBeNull();
  });

  it.each([
    ['mtt:7', true],
    ['mtt:7:more', false],
    ['action:7', false],
    ['mtt:', false],
    [null, false],
  ])('%s is of a mail to a target: %s', (text, expected) => {
    expect(isTargetCustomId(text)).toBe(expected);
  });
});
