const maxLength = 300;

/** What a remote service said, fit for a row that outlives the message and for logs: no addresses, no user ids, one line. */
export const cleanError = (text: string, longest = maxLength): string =>
  text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .replace(/user:\S+/gi, 'user:[REDACTED]')
    .replace(/[^\s"'<>()[\]{},;:]+(?:@|%40)[^\s"'<>()[\]{},;:]+/gi, '[REDACTED]')
    .trim()
    .slice(0, longest);
