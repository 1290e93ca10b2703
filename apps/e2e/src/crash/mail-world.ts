import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { aCampaign, anOrg, aPage, type TestOrg, type TestPage } from '../campaign-world';
import type { SmtpSink } from '../mail-sink';
import type { TestFleet } from '../test-fleet';

/** The certificate of a mail server as a file, for NODE_EXTRA_CA_CERTS. */
export function keepCertificate(fleet: TestFleet, { cert }: SmtpSink): string {
  mkdirSync(fleet.home.logDir, { recursive: true });
  const file = resolve(join(fleet.home.logDir, 'mail-server.pem'));
  writeFileSync(file, cert);
  return file;
}

const sendingMutation = `
  mutation ($org: String!, $service: ServiceInput!, $from: String!) {
    upsertService(orgName: $org, input: $service) { id }
    updateOrgProcessing(name: $org, emailBackend: SMTP, emailFrom: $from) { name }
  }`;

/** From now on the org mails through the SMTP server at this URL. */
export const mailsThrough = (org: TestOrg, host: string): Promise<unknown> =>
  org.owner.data(sendingMutation, {
    org: org.name,
    service: { name: 'SMTP', host, user: 'sender', password: 'secret' },
    from: `office@${org.name}.example.org`,
  });

/** From now on the org mails nobody. */
export const mailsNobody = ({ owner, name }: TestOrg): Promise<unknown> =>
  owner.data('mutation ($org: String!) { updateOrgProcessing(name: $org, emailBackend: null) { name } }', {
    org: name,
  });

export interface MailingOrg {
  org: TestOrg;
  page: TestPage;
}

/** An org whose page thanks by the built-in template. */
export async function aThankingOrg(fleet: TestFleet, host: string): Promise<MailingOrg> {
  const org = await anOrg(fleet);
  const page = await aPage(org, await aCampaign(org), { thankYouTemplate: 'thank_you' });
  await mailsThrough(org, host);
  return { org, page };
}

/** An org whose supporters have to confirm by mail. */
export async function aConfirmingOrg(fleet: TestFleet, host: string): Promise<MailingOrg> {
  const org = await anOrg(fleet);
  const input = {
    name: 'please confirm',
    locale: 'en',
    subject: 'Confirm, {{firstName}}',
    html: '<a href="{{{confirmLink}}}">yes</a>',
  };
  await org.owner.data(
    'mutation ($org: String!, $input: EmailTemplateInput!) { upsertTemplate(orgName: $org, input: $input) }',
    { org: org.name, input },
  );
  const page = await aPage(org, await aCampaign(org), { supporterConfirmTemplate: 'please confirm' });
  await mailsThrough(org, host);
  await org.owner.data(
    `mutation ($org: String!) {
       updateOrgProcessing(name: $org, supporterConfirm: true, supporterConfirmTemplate: "please confirm") { name } }`,
    { org: org.name },
  );
  return { org, page };
}
