/** ISO 8601 UTC with `Z` and whole seconds, as messages carry times (processing.md §6). */
export const isoSeconds = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;
