import type { CiviCrm } from './civicrm';

/** The parts of a `proca:action:2` that go to CiviCRM, decrypted. */
export interface DeliveredAction {
  actionId: number;
  action: { actionType: string; createdAt: string; testing: boolean; customFields: Record<string, unknown> };
  campaign: { title: string };
  contact: Record<'email' | 'firstName' | 'lastName' | 'phone' | 'postcode' | 'country', string | null | undefined>;
  personalInfo: { encryptKey: { public: string } } | null;
  privacy: { optIn?: boolean | null; emailStatus?: string | null; withConsent: boolean };
}

const unwanted = new Set<string | null | undefined>(['bounce', 'blocked', 'spam', 'unsub']);
/** As long as CiviCRM's column takes. */
const cut = (text: string | null | undefined, length: number): string | undefined =>
  text?.slice(0, length) || undefined;
const escapeHtml = (text: string): string => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/**
 * Writes an action as contact, place in the group and activity. Twice is safe: the activity is written last and holds the
 * action's id, so where it is, everything is, and nothing is written that people changed in CiviCRM since.
 */
export class ActionWriter {
  constructor(
    private readonly civicrm: CiviCrm,
    private readonly activityTypeId: number,
    private readonly groupId: number,
  ) {}

  async write(message: DeliveredAction): Promise<void> {
    if (await this.isWritten(message.actionId)) return;
    const contactId = await this.saveContact(message.contact);
    const { optIn, emailStatus } = message.privacy;
    if (optIn === true && !unwanted.has(emailStatus)) await this.addToGroup(contactId);
    await this.createActivity(message, contactId);
  }

  /** Also when staff put the activity into the trash, which is left out where the call does not name it. */
  private async isWritten(actionId: number): Promise<boolean> {
    const where = [
      ['activity_type_id', '=', this.activityTypeId],
      ['source_record_id', '=', actionId],
      ['is_deleted', 'IN', [0, 1]],
    ];
    const found = await this.civicrm.call('Activity', 'get', { select: ['id'], where, limit: 1 });
    return found.length > 0;
  }

  /** A known person gets the name given last; email, phone and address are taken for new ones only. */
  private async saveContact(contact: DeliveredAction['contact']): Promise<number> {
    const known = await this.findContact(contact.email ?? '');
    const name = { first_name: cut(contact.firstName, 64), last_name: cut(contact.lastName, 64) };
    const record = known
      ? { id: known, ...name }
      : {
          contact_type: 'Individual',
          ...name,
          'email_primary.email': contact.email,
          'phone_primary.phone': cut(contact.phone, 32),
          'address_primary.postal_code': cut(contact.postcode, 64),
          'address_primary.country_id:abbr': cut(contact.country, 2),
        };
    const [saved] = await this.civicrm.call<{ id: number }>('Contact', 'save', { records: [record] });
    if (!saved) throw new Error('Contact.save answered no contact');
    return saved.id;
  }

  /** The oldest of several. `match` of save would take none of them, and make one more; and it knows primary emails only. */
  private async findContact(email: string): Promise<number | undefined> {
    const where = [
      ['email', '=', email],
      ['contact_id.contact_type', '=', 'Individual'],
      ['contact_id.is_deleted', '=', false],
    ];
    const orderBy = { is_primary: 'DESC', contact_id: 'ASC' };
    const select = ['contact_id'];
    const [found] = await this.civicrm.call<{ contact_id: number }>('Email', 'get', {
      select,
      where,
      orderBy,
      limit: 1,
    });
    return found?.contact_id;
  }

  private async addToGroup(contactId: number): Promise<void> {
    const records = [{ group_id: this.groupId, contact_id: contactId, status: 'Added' }];
    await this.civicrm.call('GroupContact', 'save', { records, match: ['group_id', 'contact_id'] });
  }

  private async createActivity({ actionId, action, campaign }: DeliveredAction, contactId: number): Promise<void> {
    const fields = Object.entries(action.customFields).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
    const values = {
      activity_type_id: this.activityTypeId,
      source_record_id: actionId,
      source_contact_id: contactId,
      'status_id:name': 'Completed',
      activity_date_time: action.createdAt,
      subject: cut(`${action.actionType}: ${campaign.title}`, 255),
      details: fields.map(escapeHtml).join('<br>'),
    };
    await this.civicrm.call('Activity', 'create', { values });
  }
}
