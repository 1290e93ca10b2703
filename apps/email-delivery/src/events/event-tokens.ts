/** `EventStorage` and `EventPages` of this process, for whoever asks Nest. */
export const eventStorage = Symbol('event storage');
export const eventPages = Symbol('event pages');
