/**
 * Where a click accepts or rejects a confirm (email-and-mtt.md §3.2). The code is looked up with the address when the confirm
 * has one, else with its object, else alone.
 */
export function confirmLinks(
  publicUrl: string,
  { code, email, objectId }: { code: string; email: string | null; objectId: number | null },
): { acceptLink: string; rejectLink: string } {
  const query = email ? `?email=${encodeURIComponent(email)}` : objectId === null ? '' : `?id=${objectId}`;
  return {
    acceptLink: `${publicUrl}/link/accept/${code}${query}`,
    rejectLink: `${publicUrl}/link/reject/${code}${query}`,
  };
}
