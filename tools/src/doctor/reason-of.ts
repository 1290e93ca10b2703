/** Why something failed, in a line. fetch says "fetch failed" and keeps the reason one level down; a failed connection may have
 *  no text but its code. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error && error.cause.message) return error.cause.message;
  return error.message || String((error as { code?: unknown }).code ?? error.name);
}
