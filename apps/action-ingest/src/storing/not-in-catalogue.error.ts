/** A message names a page, campaign or org that the catalogue does not hold: a person has to look. */
export class NotInCatalogueError extends Error {
  readonly code = 'storing.not_in_catalogue';

  constructor(
    readonly kind: 'action page' | 'campaign' | 'org',
    readonly id: number,
  ) {
    super(`${kind} ${id} is not in the catalogue`);
    this.name = 'NotInCatalogueError';
  }
}
