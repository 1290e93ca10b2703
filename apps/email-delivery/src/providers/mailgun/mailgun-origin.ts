/** Where an account's API is: accounts in the EU have another one. Only the origin of what a service names counts. */
export const mailgunOrigin = (host: string): string => {
  const address = host === '' ? 'https://api.mailgun.net' : host.includes('://') ? host : `https://${host}`;
  return URL.canParse(address) ? new URL(address).origin : address;
};
