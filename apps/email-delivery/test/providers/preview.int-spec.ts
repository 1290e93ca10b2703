import PostalMime from 'postal-mime';
import type { OutgoingMail } from '../../src/providers/mail-provider';
import { createPreviewProvider } from '../../src/providers/preview/preview.provider';
import type { PreviewSource, PreviewStore } from '../../src/providers/preview/preview-store';
import { aMail, describeMailProvider } from './provider-contract';
import { anAccount, takenMime } from './taken-mime';

class MemoryPreviewStore implements PreviewStore {
  readonly kept = new Map<string, { mail: OutgoingMail; source: string }>();
  isAway = false;

  async keep(mail: OutgoingMail, { messageId, source }: PreviewSource): Promise<void> {
    if (this.isAway) throw new Error('database is away');
    if (!this.kept.has(messageId)) this.kept.set(messageId, { mail, source });
  }
}

const settings = { connectTimeoutMs: 1_000, timeoutMs: 1_000 };
let store = new MemoryPreviewStore();

describeMailProvider({
  kind: 'preview',
  batchSize: 25,
  create: (account, given) => createPreviewProvider(account, given, store),
  async start() {
    store = new MemoryPreviewStore();
    return {
      account: anAccount({ name: 'preview' }),
      taken: () =>
        Promise.all([...store.kept.values()].map(async ({ source }) => takenMime(await PostalMime.parse(source)))),
      meet: () => undefined,
      refuse: () => undefined,
      stop: async () => undefined,
    };
  },
  without: ['refusal', 'bounced', 'Retry-After', 'accounts', 'network'],
});

describe('preview provider', () => {
  it('keeps MTT mails under their number, and one purpose once', async () => {
    const kept = new MemoryPreviewStore();
    const provider = createPreviewProvider(anAccount(), settings, kept);
    const mail = aMail({ customId: 'mtt:77' });
    expect((await provider.send([mail, mail])).map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
    expect([...kept.kept.keys()]).toEqual([expect.stringMatching(/^77\.[0-9a-f]{24}@green\.example$/)]);
  });

  it('has the mail tried again when the store is away', async () => {
    const away = new MemoryPreviewStore();
    away.isAway = true;
    const [result] = await createPreviewProvider(anAccount(), settings, away).send([aMail()]);
    expect(result).toEqual({ outcome: 'retry', error: 'preview store: database is away' });
  });
});
