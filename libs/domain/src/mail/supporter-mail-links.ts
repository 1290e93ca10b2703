export interface SupporterMailLinks {
  confirmLink: string;
  doiLink: string;
  rejectLink: string | null;
}

/**
 * Links of a supporter mail (email-and-mtt.md 3.2). To confirm, both the confirm and the double opt-in link accept; in
 * other mails, where there is nothing left to accept, both are the double opt-in link.
 */
export function supporterMailLinks(
  publicUrl: string,
  {
    mail,
    actionId,
    contactRef,
    isReminder = false,
  }: {
    mail: 'thank_you' | 'duplicate' | 'confirm';
    actionId: number;
    contactRef: string;
    isReminder?: boolean;
  },
): SupporterMailLinks {
  const ref = encodeURIComponent(contactRef);
  if (mail !== 'confirm') {
    const link = `${publicUrl}/link/d/${actionId}/${ref}`;
    return { confirmLink: link, doiLink: link, rejectLink: null };
  }
  const query = isReminder ? '?reminder=1' : '';
  const accept = `${publicUrl}/link/s/${actionId}/accept/${ref}${query}`;
  return {
    confirmLink: accept,
    doiLink: accept,
    rejectLink: `${publicUrl}/link/s/${actionId}/reject/${ref}${query}`,
  };
}
