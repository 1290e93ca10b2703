const maxLength = 300;

/** What a remote service said, fit for a row that outlives the message and for logs: no addresses, no user ids, one line. */
export const cleanError = (text: string, longest = maxLength): string =>
  text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/user:\S+/gi, 'user:[REDACTED]')
    // Word by word: one pattern for a whole address would take a time that grows with the square of the text.
    .replace(/[^\s"'<>()[\]{},;:]+/g, (word) => (/.(?:@|%40)./i.test(word) ? '[REDACTED]' : word))
    .trim()
    .slice(0, longest);
