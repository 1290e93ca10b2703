import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ActionMessageV2, actionMessageV2 } from '@groundswell/contracts';
import { ContactBox, cryptoReady, generateKeyPair, type KeyPair } from '@groundswell/crypto';
import { waitFor } from '@groundswell/testing';
import { CiviCrmFake } from '../civicrm/civicrm-fake';
import { CiviCrmSyncRun } from '../civicrm/civicrm-sync-run';
import { TopologyFixture } from './topology-fixture';

const fixtureText = (name: string) => readFileSync(join('libs', 'contracts', 'fixtures', `${name}.json`), 'utf8');
const groupId = 4;
const activityTypeId = 57;

type Changes = Partial<Omit<ActionMessageV2, 'contact' | 'privacy'>> & {
  contact?: Partial<ActionMessageV2['contact']>;
  privacy?: Partial<ActionMessageV2['privacy']>;
};

/** Whom contacts are encrypted to, by whom. */
interface Keys {
  org: KeyPair;
  instance: KeyPair;
}

function anAction(actionId: number, changes: Changes = {}): ActionMessageV2 {
  const plain = actionMessageV2.parse(JSON.parse(fixtureText('action.v2.plaintext')));
  return {
    ...plain,
    actionId,
    ...changes,
    contact: { ...plain.contact, ...changes.contact },
    privacy: { ...plain.privacy, emailStatus: null, emailStatusChanged: null, ...changes.privacy },
  };
}

/** The same action as an org with a key gets it. */
function encrypted(message: ActionMessageV2, { org, instance }: Keys): ActionMessageV2 {
  const { contactRef, dupeRank, area, ...payload } = message.contact;
  const sealed = new ContactBox(instance.private).encrypt(org.public, JSON.stringify(payload));
  const key = (pair: KeyPair) => ({ id: 1, public: pair.public.toString('base64url') });
  return actionMessageV2.parse({
    ...message,
    contact: { firstName: null, email: null, contactRef, dupeRank, area },
    personalInfo: {
      payload: sealed.payload.toString('base64url'),
      nonce: sealed.nonce.toString('base64url'),
      encryptKey: key(org),
      signKey: key(instance),
    },
  });
}

/** The built program with the published client, the org's own broker user and the queues as topology-service makes them. */
describe('the sample integration with CiviCRM', () => {
  let fixture: TopologyFixture;
  let civicrm: CiviCrmFake;
  let sync: CiviCrmSyncRun;
  let variables: Record<string, string>;
  let keys: Keys;

  beforeAll(async () => {
    await cryptoReady();
    keys = { org: generateKeyPair(), instance: generateKeyPair() };
    civicrm = await new CiviCrmFake('civi-key', groupId).start();
    [fixture, sync] = await Promise.all([TopologyFixture.create(), CiviCrmSyncRun.build()]);
    const org = await fixture.addOrg('green', { custom_action_deliver: true });
    await fixture.startService();
    await fixture.confirmed(`org:${org}`);
    const amqp = new URL(fixture.vhost.amqpUrl);
    const { user, password } = await waitFor(() => fixture.orgUser(org));
    Object.assign(amqp, { username: user, password });
    const pair = { [keys.org.public.toString('base64url')]: { private: keys.org.private.toString('base64url') } };
    writeFileSync(sync.file('keys.json'), JSON.stringify(pair));
    writeFileSync(sync.file('no-keys.json'), '{}');
    variables = {
      CIVICRM_URL: civicrm.url,
      CIVICRM_KEY: 'civi-key',
      CIVICRM_ACTIVITY_TYPE: String(activityTypeId),
      CIVICRM_GROUP: String(groupId),
      CIVICRM_TIMEOUT_MS: '60000',
      AMQP_URL: amqp.href,
      QUEUE: 'green.crm',
      KEYS: sync.file('keys.json'),
    };
  });
  afterAll(async () => {
    await sync.remove();
    await civicrm.stop();
    await fixture.close();
  });
  beforeEach(() => {
    civicrm.clear();
    sync.output = '';
  });
  afterEach(() => sync.stop('SIGKILL'));

  const deliver = (...bodies: (object | string)[]): void => {
    for (const body of bodies) {
      const content = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
      fixture.vhost.channel.publish('deliver', 'green.custom.action', content, { persistent: true });
    }
  };
  const readyIn = async (queue: string) => (await fixture.vhost.look(queue))?.ready;
  /** Ends the program as an operator does; what it holds unacked is then ready again. */
  const nothingIsLeft = async (): Promise<void> => {
    expect(await sync.stop('SIGTERM')).toBe(0);
    expect([await readyIn('green.crm'), await readyIn('system.retry')]).toEqual([0, 0]);
  };
  const actionIds = () => civicrm.activities.map(({ source_record_id: id }) => id);

  it('makes one contact a person and one activity an action of what comes twice', async () => {
    const actions = Array.from({ length: 20 }, (_, index) => {
      const person = index % 10;
      const email = index < 10 ? `person${person}@example.org` : `Person${person}@Example.org`;
      const contact = { email, firstName: `Name ${person}`, lastName: `Given ${index}` };
      // Nobody is asked at the first action; six people agree at the second, one of whom has unsubscribed since.
      const optIn = index < 10 ? null : person < 6;
      const privacy = { optIn, emailStatus: person === 5 ? 'unsub' : null };
      const message = anAction(500 + index, { contact, privacy });
      return index % 2 === 0 ? message : encrypted(message, keys);
    });
    deliver(...actions, ...actions);
    sync.start(variables);
    await waitFor(() => civicrm.countOf('Activity.get') === 40);
    await nothingIsLeft();

    expect(civicrm.contacts).toHaveLength(10);
    expect(civicrm.emails.map(({ email }) => email).sort()).toEqual(
      Array.from({ length: 10 }, (_, person) => `person${person}@example.org`),
    );
    expect(actionIds()).toEqual(actions.map(({ actionId }) => actionId));
    const namesOf = (emails: string[]) =>
      civicrm.contacts.filter(({ id }) => emails.includes(String(id))).map((row) => row['last_name']);
    const inGroup = civicrm.groupContacts.map(({ contact_id: id }) => String(id));
    expect(namesOf(inGroup)).toEqual(['Given 10', 'Given 11', 'Given 12', 'Given 13', 'Given 14']);
    expect(civicrm.contacts[0]).toMatchObject({ 'address_primary.postal_code': '02-123', first_name: 'Name 0' });
    expect(civicrm.activities[1]).toMatchObject({
      activity_type_id: activityTypeId,
      source_contact_id: civicrm.contacts[1]?.id,
      activity_date_time: '2026-11-20 10:00:00',
      status_id: 2,
      subject: 'register: Stop the mine',
    });
  });

  it('finishes by itself when CiviCRM works again', async () => {
    civicrm.isBroken = true;
    sync.start(variables);
    deliver(...[1, 2, 3].map((id) => anAction(id, { contact: { email: `p${id}@example.org` } })));
    // Given back to the queue once, then on the broker's retry circuit, more than once.
    await waitFor(() => sync.output.split('push to dead-letter Action Id:3').length > 2);
    expect(sync.output).toContain('action 3 not written: Error: Activity.get answered 500');
    expect(civicrm.activities).toEqual([]);
    civicrm.isBroken = false;
    await waitFor(() => civicrm.activities.length === 3);
    await waitFor(async () => (await readyIn('system.retry')) === 0);
    await nothingIsLeft();
    expect(civicrm.contacts).toHaveLength(3);
  });

  it('writes nothing twice when answers never come', async () => {
    for (const call of ['Contact.save', 'GroupContact.save', 'Activity.create']) civicrm.loseAnswerOf(call);
    sync.start({ ...variables, CIVICRM_TIMEOUT_MS: '3000' });
    deliver(anAction(7, { privacy: { optIn: true } }));
    await waitFor(() => civicrm.countOf('Activity.get') === 4);
    await nothingIsLeft();
    expect(sync.output.split('action 7 not written: TimeoutError')).toHaveLength(4);
    expect(civicrm.contacts).toHaveLength(1);
    expect(civicrm.groupContacts).toHaveLength(1);
    expect(actionIds()).toEqual([7]);
  });

  it('goes on after being killed between the contact and the activity', async () => {
    civicrm.loseAnswerOf('Contact.save');
    sync.start(variables);
    deliver(anAction(1), anAction(2));
    await waitFor(() => civicrm.contacts.length === 1);
    await sync.stop('SIGKILL');
    sync.start(variables);
    await waitFor(() => civicrm.countOf('Activity.get') === 3 && civicrm.activities.length === 2);
    await nothingIsLeft();
    expect(civicrm.contacts).toHaveLength(1);
  });

  it('takes the oldest living person with the email, as a main or another address', async () => {
    const email = 'harald@example.org';
    civicrm.addContact({ contact_type: 'Organization' }, email);
    civicrm.addContact({ is_deleted: true }, email);
    const other = civicrm.addContact({ first_name: 'H.' }, email, { is_primary: false });
    const main = civicrm.addContact({ first_name: 'H.' }, 'HARALD@example.org');
    civicrm.addContact({ first_name: 'H.' }, email);
    sync.start(variables);
    deliver(anAction(1, { contact: { email, firstName: 'x'.repeat(100) } }));
    await waitFor(() => civicrm.activities.length === 1);
    await nothingIsLeft();
    expect(civicrm.contacts).toHaveLength(5);
    expect(civicrm.activities[0]).toMatchObject({ source_contact_id: main.id });
    expect(main).toMatchObject({ first_name: 'x'.repeat(64), last_name: 'Bower' });
    expect(other).toMatchObject({ first_name: 'H.' });
  });

  it('leaves alone what people did in CiviCRM since, when an action comes again', async () => {
    sync.start(variables);
    const action = anAction(1, { privacy: { optIn: true } });
    deliver(action);
    await waitFor(() => civicrm.activities.length === 1);
    Object.assign(civicrm.activities[0] ?? {}, { is_deleted: true });
    Object.assign(civicrm.groupContacts[0] ?? {}, { status: 'Removed' });
    Object.assign(civicrm.contacts[0] ?? {}, { first_name: 'Corrected' });
    deliver(action);
    await waitFor(() => civicrm.countOf('Activity.get') === 2);
    await nothingIsLeft();
    expect(civicrm.activities).toHaveLength(1);
    expect(civicrm.groupContacts).toMatchObject([{ status: 'Removed' }]);
    expect(civicrm.contacts).toMatchObject([{ first_name: 'Corrected' }]);
    // A new action with consent is another matter.
    sync.start(variables);
    deliver(anAction(2, { privacy: { optIn: true } }));
    await waitFor(() => civicrm.activities.length === 2);
    await nothingIsLeft();
    expect(civicrm.groupContacts).toMatchObject([{ status: 'Added' }]);
  });

  it('acks what is nothing for CiviCRM, and says so', async () => {
    const action = anAction(3);
    deliver(
      fixtureText('event.v2.email-status'),
      fixtureText('system-event.v2.join-campaign'),
      { ...action, action: { ...action.action, testing: true } },
      anAction(4, { privacy: { withConsent: false }, contact: { email: null } }),
      anAction(5),
    );
    sync.start(variables);
    await waitFor(() => civicrm.activities.length === 1);
    await nothingIsLeft();
    expect(actionIds()).toEqual([5]);
    for (const reason of [
      'event email_status',
      'event join_campaign',
      'action 3: a test',
      'action 4: without contact',
    ]) {
      expect(sync.output).toContain(`${reason}, nothing to write`);
    }
  });

  it('loses no message that it cannot take, and writes it once it can', async () => {
    const unreadable = encrypted(anAction(1, { contact: { email: 'later@example.org' } }), keys);
    const clearCopy = { ...unreadable, contact: { ...unreadable.contact, email: 'later@example.org' } };
    const bad = [
      '{"schema": "proca:action:2", "cut',
      fixtureText('action.v1.plaintext'),
      anAction(2, { stage: 'action_confirm' }),
      anAction(3, { contact: { email: null } }),
    ];
    deliver(...bad, clearCopy, anAction(4));
    sync.start({ ...variables, KEYS: sync.file('no-keys.json') });
    await waitFor(() => civicrm.activities.length === 1);
    const reasons = ['JSON', 'schema proca:action:1', 'stage action_confirm', 'no email', 'no private half of key'];
    for (const reason of reasons) await waitFor(() => sync.output.includes(reason));
    expect(await sync.stop('SIGTERM')).toBe(0);
    await waitFor(async () => (await readyIn('green.crm')) === 5);
    expect(actionIds()).toEqual([4]);
    expect(sync.output).not.toContain('@example.org');

    sync.start(variables);
    await waitFor(() => civicrm.activities.length === 2);
    await sync.stop('SIGTERM');
    expect(civicrm.emails.map(({ email }) => email)).toContain('later@example.org');
    await waitFor(async () => (await readyIn('green.crm')) === 4);
    const bodies = (await fixture.vhost.drain('green.crm')).map(({ content }) => content.toString());
    expect(bodies.sort()).toEqual(bad.map((body) => (typeof body === 'string' ? body : JSON.stringify(body))).sort());
  });

  it('does not start with settings that make no sense', async () => {
    sync.start({ ...variables, CIVICRM_GROUP: 'Newsletter' });
    expect(await sync.exited()).toBe(1);
    expect(sync.output).toContain('CIVICRM_GROUP is no whole number above 0');
  });
});
