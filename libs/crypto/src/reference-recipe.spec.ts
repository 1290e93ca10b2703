import { encodeRef, fingerprint } from './contact-ref';
import { ReferenceRecipe } from './reference-recipe';

const email = 'harald@example.org';

describe('a recipe', () => {
  it('makes the references of processing.md §2.7', () => {
    const recipe = new ReferenceRecipe('4xFc6MsafPEwc6ME');
    expect(encodeRef(recipe.refOf(email))).toBe('V9VLvL6KDalqwogkaXoc6CUBSTTqEePeOGFQCByC3FI');
  });

  it('has an id of its own for each seed, whatever came before it, that does not hold the seed', () => {
    const ids = ['one', 'two', ''].map((seed) => new ReferenceRecipe(seed).id);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{11}$/);
    expect(new ReferenceRecipe('one', ['two']).id).toBe(ids[0]);
    expect(ids[0]).not.toContain('one');
  });

  it('knows the former references of an input, newest first', () => {
    const recipe = new ReferenceRecipe('now', ['before', 'first']);
    expect(recipe.formerRefsOf(email)).toEqual([fingerprint('before', email), fingerprint('first', email)]);
    expect(recipe.hasFormer).toBe(true);
    expect(new ReferenceRecipe('now').hasFormer).toBe(false);
  });
});

describe('recalculating', () => {
  const recipe = new ReferenceRecipe('now', ['before', 'first']);

  it.each(['before', 'first'])('moves a reference that the seed "%s" made of one of the inputs', (seed) => {
    const stored = fingerprint(seed, `Harald${email}`);
    expect(recipe.recalculate(stored, [email, `Harald${email}`])).toEqual(fingerprint('now', `Harald${email}`));
  });

  it('leaves what the present seed made', () => {
    expect(recipe.recalculate(fingerprint('now', email), [`Harald${email}`, email])).toBe('present');
  });

  it.each([
    ['no recipe it knows', fingerprint('forgotten', email), [email]],
    ['another input', fingerprint('before', 'somebody@example.org'), [email]],
    ['nothing that can be read', fingerprint('before', email), []],
  ])('does not move what was made by %s', (_what, stored, inputs) => {
    expect(recipe.recalculate(stored, inputs)).toBeNull();
  });
});
