import type { SESClient } from '@aws-sdk/client-ses';
import { AwsRequestHandler, cleanError } from '@groundswell/http';
import { refuseFaulty } from '../http/mail-text';
import { openCaller } from '../http/provider-caller';
import { sendInTurn } from '../http/send-in-turn';
import type { MailAccount, MailProvider, OutgoingMail, ProviderSettings, SendResult } from '../mail-provider';
import { composeMime, type MimeMail } from '../mime/mime-mail';
import { resultOfSesError } from './ses-result';

/** SES takes one mail per call; of a batch so many are called for at a time, then what it answered is looked at. */
const callsAtOnce = 5;
const templatesPerPage = 100;
/** A batch ends within two timeouts, however slow SES is: who waits for it holds a lease. */
const notCalled: SendResult = { outcome: 'retry', error: 'not called: the mails before took too long' };
const credentialsMissing: SendResult = { outcome: 'retry', error: 'credentials missing', account: true };

export class SesRegionError extends Error {
  readonly code = 'email.ses_region_invalid';
  constructor() {
    super('the host of an SES service is its region, such as eu-west-1');
  }
}

/** Amazon SES: `host` is the region, `user` the key's id, `password` its secret. */
class SesProvider implements MailProvider {
  readonly kind = 'ses';
  readonly batchSize = 50;
  private readonly handler: AwsRequestHandler;
  private client: Promise<SESClient> | null = null;

  constructor(
    private readonly account: MailAccount,
    private readonly settings: ProviderSettings,
  ) {
    if (!/^[a-z]{2}(-[a-z0-9]+)+$/.test(account.host)) throw new SesRegionError();
    this.handler = new AwsRequestHandler(openCaller(settings));
  }

  send(mails: readonly OutgoingMail[]): Promise<SendResult[]> {
    const groups: OutgoingMail[][] = [];
    for (let start = 0; start < mails.length; start += callsAtOnce) {
      groups.push(mails.slice(start, start + callsAtOnce));
    }
    const endsAt = performance.now() + this.settings.timeoutMs;
    return sendInTurn(groups, (group) =>
      performance.now() < endsAt
        ? Promise.all(group.map((mail) => this.sendOne(mail)))
        : Promise.resolve(group.map(() => notCalled)),
    );
  }

  /** For the choice of a name only: SES's own templates are never sent (email-and-mtt.md 1.3). */
  async listTemplates(): Promise<{ ref: string; name: string }[]> {
    const { ListTemplatesCommand } = await import('@aws-sdk/client-ses');
    const client = await this.opened();
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(new ListTemplatesCommand({ NextToken: token, MaxItems: templatesPerPage }));
      for (const { Name } of page.TemplatesMetadata ?? []) if (Name) names.push(Name);
      token = page.NextToken;
    } while (token);
    return names.map((name) => ({ ref: name, name }));
  }

  async close(): Promise<void> {
    await this.handler.drain();
    (await this.client)?.destroy();
  }

  private async sendOne(mail: OutgoingMail): Promise<SendResult> {
    const fault = refuseFaulty(mail);
    if (fault) return fault;
    if (!mail.html && !mail.text) return { outcome: 'refused', error: 'templates of SES are not supported' };
    if (!this.account.user || !this.account.password) return credentialsMissing;
    let mime: MimeMail;
    try {
      mime = await composeMime(mail);
    } catch (error) {
      return { outcome: 'refused', error: cleanError(`mail cannot be composed: ${(error as Error).message}`) };
    }
    return this.call(mime, mail.deliveryId);
  }

  private async call({ source, envelope }: MimeMail, deliveryId: number): Promise<SendResult> {
    try {
      const { SendRawEmailCommand } = await import('@aws-sdk/client-ses');
      const client = await this.opened();
      const answer = await client.send(
        new SendRawEmailCommand({
          RawMessage: { Data: source },
          Source: envelope.from,
          Destinations: envelope.to,
          Tags: [{ Name: 'delivery-id', Value: String(deliveryId) }],
        }),
      );
      if (answer.MessageId) return { outcome: 'sent', providerMessageId: answer.MessageId };
      return { outcome: 'unknown', error: 'answer without id' };
    } catch (error) {
      return resultOfSesError(error);
    }
  }

  /** The SDK is large: it is loaded with the first mail. Its retries are off, ours run from the delivery row. */
  private opened(): Promise<SESClient> {
    this.client ??= this.open();
    return this.client;
  }

  private async open(): Promise<SESClient> {
    const { SESClient: Client } = await import('@aws-sdk/client-ses');
    const { host, user, password } = this.account;
    return new Client({
      region: host,
      credentials: { accessKeyId: user, secretAccessKey: password },
      maxAttempts: 1,
      requestHandler: this.handler,
      ...(this.settings.apiUrl ? { endpoint: this.settings.apiUrl } : {}),
    });
  }
}

/** Throws SesRegionError for a host that is no region. */
export const createSesProvider = (account: MailAccount, settings: ProviderSettings): MailProvider =>
  new SesProvider(account, settings);
