import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { DetailResultV1 } from '@groundswell/contracts';
import { SecretEnvelope, uuidV7 } from '@groundswell/crypto';
import { waitFor } from '@groundswell/testing';
import { aContact, anAction, anEmailEvent, aLink, IngestFixture, newRef, type Place } from './ingest-fixture';

const envelopeKey = randomBytes(32).toString('base64url');

interface Asked {
  email?: string;
  contactRef: string;
}
type Answer = (response: ServerResponse, asked: Asked) => void;

const json =
  (status: number, body: unknown): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** An org's own service: answers by contactRef, else 404; keeps what it was asked. */
class DetailService {
  readonly asked: (Asked & { authorization: string | undefined })[] = [];
  readonly answers = new Map<string, Answer>();
  isHanging = false;
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  static async start(): Promise<DetailService> {
    const service = new DetailService();
    await new Promise<void>((resolve) => service.server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/details`;
  }

  askedOf(contactRef: string): Asked[] {
    return this.asked.filter((one) => one.contactRef === contactRef);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const asked = JSON.parse(Buffer.concat(chunks).toString()) as Asked;
    this.asked.push({ ...asked, authorization: request.headers.authorization });
    if (this.isHanging) return;
    (this.answers.get(asked.contactRef) ?? json(404, {}))(response, asked);
  }
}

const found = {
  privacy: {
    optIn: true,
    givenAt: '2025-03-01T10:00:00.900+01:00',
    emailStatus: 'doubleOptIn',
    emailStatusChanged: '2025-03-02T10:00:00Z',
  },
  action: { customFields: { memberSince: 2019, comment: 'from the CRM' } },
};

describe('details looked up at the collector', () => {
  let fixture: IngestFixture;
  let service: DetailService;

  beforeAll(async () => {
    [fixture, service] = await Promise.all([IngestFixture.create(), DetailService.start()]);
    await startAnew();
  });
  afterAll(async () => {
    await fixture.close();
    await service.stop();
  });

  /** Waits for answers as long as a busy machine takes, unless told otherwise. */
  const startAnew = async (changes: Record<string, string> = {}) => {
    for (const app of fixture.apps.splice(0)) await app.close();
    await fixture.start({
      ENVELOPE_KEY: envelopeKey,
      DETAIL_TIMEOUT_MS: '60000',
      DETAIL_RETRY_FIRST_MS: '50',
      DETAIL_RETRY_LONGEST_MS: '200',
      DETAIL_GIVE_UP_MS: '600000',
      DETAIL_GATHER_MS: '20',
      DETAIL_SWEEP_INTERVAL: '200',
      ...changes,
    });
  };

  /** Its org asks at `url`. */
  const asking = async (place: Place, url: string, password = ''): Promise<Place> => {
    const sealed = password === '' ? '' : SecretEnvelope.fromText(envelopeKey).seal(password);
    await fixture.sql.query(
      `with made as (
         insert into catalog.services (org_id, name, host, "user", password) values ($1, 'webhook', $2, $3, $4) returning id)
       update catalog.orgs set detail_backend_id = (select id from made) where id = $1`,
      [place.orgId, url, password === '' ? '' : 'us', sealed],
    );
    return place;
  };
  const place = async (settings: Parameters<IngestFixture['place']>[0] = {}) =>
    asking(await fixture.place(settings), service.url);
  const lookupOf = async (actionId: number) => {
    const { rows } = await fixture.sql.query(
      'select state, attempts, last_error from actions.detail_lookups where action_id = $1',
      [actionId],
    );
    return rows[0] as { state: string; attempts: number; last_error: string | null } | undefined;
  };
  const left = (where: Place) => fixture.received(fixture.queues.crm(where.org), 1);

  it('come before anything leaves, merged over what the supporter said', async () => {
    const where = await asking(await fixture.place(), service.url, 'secret');
    const contact = aContact(where, { action: { fields: { comment: 'mine', shoe: 43 } } });
    contact.contacts[0]!.communicationConsent = null;
    service.answers.set(contact.ref, json(200, found));
    await fixture.act(contact);
    const [message] = await left(where);
    expect(message?.body).toMatchObject({
      action: { customFields: { comment: 'from the CRM', shoe: 43, memberSince: 2019 } },
      privacy: {
        optIn: true,
        givenAt: '2025-03-01T09:00:00Z',
        emailStatus: 'double_opt_in',
        emailStatusChanged: '2025-03-02T10:00:00Z',
      },
    });
    expect(service.askedOf(contact.ref)).toEqual([
      {
        email: 'harald@example.org',
        contactRef: contact.ref,
        authorization: `Basic ${Buffer.from('us:secret').toString('base64')}`,
      },
    ]);
    const stored = await fixture.actionOf(contact);
    expect(stored).toMatchObject({ status: 4, supporterStatus: 3, rank: 0 });
    const { rows } = await fixture.sql.query(
      `select c.communication_consent as consent, c.inserted_at as "givenAt", a.fields, s.email_status as status, s.email
         from actions.contacts c join actions.supporters s on s.id = c.supporter_id join actions.actions a on a.supporter_id = s.id
        where s.id = $1`,
      [stored.supporterId],
    );
    expect(rows).toEqual([
      {
        consent: true,
        givenAt: new Date('2025-03-01T09:00:00Z'),
        fields: { comment: 'from the CRM', shoe: 43, memberSince: 2019 },
        status: 1,
        email: null,
      },
    ]);
    expect(await lookupOf(stored.id)).toEqual({ state: 'found', attempts: 1, last_error: null });
  });

  it.each([
    ['nobody is known', json(404, { error: 'no such person' })],
    ['an empty object comes', json(200, {})],
    ['there is no content', json(204, undefined)],
  ])('are none when %s: the action goes on as it is', async (_what, answer) => {
    const where = await place();
    const contact = aContact(where, { action: { fields: { shoe: 43 } } });
    service.answers.set(contact.ref, answer);
    await fixture.act(contact);
    const [message] = await left(where);
    expect(message?.body).toMatchObject({ action: { customFields: { shoe: 43 } }, privacy: { emailStatus: null } });
    expect(await lookupOf((await fixture.actionOf(contact)).id)).toMatchObject({ state: 'nothing', attempts: 1 });
  });

  it('are asked for once per action, before its first stage, a share included', async () => {
    const where = await place({ customSupporterConfirm: true });
    const contact = aContact(where);
    service.answers.set(contact.ref, json(200, found));
    await fixture.act(contact);
    const [confirm] = await fixture.received(fixture.queues.confirm(where.org), 1);
    expect(confirm?.body).toMatchObject({
      stage: 'supporter_confirm',
      action: { customFields: { memberSince: 2019 } },
    });
    const { id } = await fixture.actionOf(contact);
    await fixture.act(
      {
        ...anEmailEvent(id, contact.ref, 'unsub'),
        kind: 'supporter_decision',
        decision: 'accept',
        doubleOptIn: false,
      } as never,
      anAction(where, contact.ref),
    );
    const delivered = await fixture.received(fixture.queues.crm(where.org), 2);
    expect(delivered.map(({ body }) => body['action'].customFields.memberSince)).toEqual([2019, 2019]);
    expect(service.askedOf(contact.ref)).toHaveLength(2);
    // Delivered by then, the address is no longer kept for the share's.
    expect(service.askedOf(contact.ref).map(({ email }) => email)).toContain('harald@example.org');
  });

  it('are asked for again after a fault, and another org does not wait for it', async () => {
    const [where, neighbour] = [await place(), await place()];
    const contacts = [0, 1, 2].map(() => aContact(where));
    let failures = 0;
    for (const { ref } of contacts) {
      service.answers.set(ref, (response, asked) => {
        const isFault = (failures += 1) <= 6;
        (isFault ? json([500, 429, 503][failures % 3] ?? 500, 'later') : json(200, found))(response, asked);
      });
    }
    const other = aContact(neighbour);
    service.answers.set(other.ref, json(200, found));
    await fixture.act(...contacts, other);
    expect((await left(neighbour))[0]?.body).toMatchObject({ action: { customFields: { memberSince: 2019 } } });
    const delivered = await fixture.received(fixture.queues.crm(where.org), 3);
    expect(delivered.map(({ body }) => body['action'].customFields.memberSince)).toEqual([2019, 2019, 2019]);
    const { rows } = await fixture.sql.query(
      'select failures, rests_until from actions.detail_backends where org_id = $1',
      [where.orgId],
    );
    expect(rows).toEqual([{ failures: 0, rests_until: null }]);
  });

  it('are given up after a while, and that can be seen; nothing is lost', async () => {
    const hanging = await DetailService.start();
    hanging.isHanging = true;
    await startAnew({ DETAIL_TIMEOUT_MS: '300', DETAIL_GIVE_UP_MS: '2000' });
    const giveUp = async (): Promise<Place[]> => {
      const down = await asking(await fixture.place(), hanging.url);
      const refused = await asking(await fixture.place(), 'http://127.0.0.1:1/');
      const bad = await place();
      const contacts = [down, refused, bad].map((where) => aContact(where));
      service.answers.set(contacts[2]!.ref, (response) => void response.writeHead(200).end('<html>'));
      await fixture.act(...contacts);
      for (const where of [down, refused, bad]) {
        expect((await left(where))[0]?.body).toMatchObject({ action: { customFields: {} } });
      }
      const ended: Awaited<ReturnType<typeof lookupOf>>[] = [];
      for (const contact of contacts) ended.push(await lookupOf((await fixture.actionOf(contact)).id));
      expect(ended.map((one) => one?.state)).toEqual(['given_up', 'given_up', 'given_up']);
      expect(ended[2]?.last_error).toBe('the answer is no JSON object');
      expect(ended.every((one) => (one?.attempts ?? 0) > 1)).toBe(true);
      return [down, refused, bad];
    };
    // A machine that stalls gives up after one attempt, or has heard no answer: then once more.
    const places = await waitFor(giveUp);
    const { rows } = await fixture.sql.query(
      'select last_error is not null as failing, failing_since is not null as since from actions.detail_backends where org_id = any($1) order by org_id',
      [places.map(({ orgId }) => orgId)],
    );
    expect(rows).toEqual([
      { failing: true, since: true },
      { failing: true, since: true },
      { failing: false, since: false },
    ]);
    await hanging.stop();
    await startAnew();
  });

  it('of a person whom the org had erased meanwhile are neither asked for nor kept', async () => {
    const where = await place();
    const contact = aContact(where);
    service.answers.set(contact.ref, json(200, found));
    await fixture.sql.query(
      `insert into catalog.erasures (org_id, ref, erased_at) values ($1, $2, now() + interval '1 minute')`,
      [where.orgId, Buffer.from(contact.ref, 'base64url')],
    );
    await fixture.act(contact);
    await waitFor(async () => (await fixture.actionOf(contact)).status === 4);
    const { id } = await fixture.actionOf(contact);
    expect(await lookupOf(id)).toMatchObject({ state: 'nothing' });
    expect(service.askedOf(contact.ref)).toEqual([]);
  });

  it('are not waited for once the org has switched them off, and jobs know nobody', async () => {
    const where = await place();
    const contact = aContact(where);
    service.answers.set(contact.ref, json(500, {}));
    await fixture.act(contact);
    await waitFor(() => service.askedOf(contact.ref).length > 0);
    await fixture.sql.query('update catalog.orgs set detail_backend_id = null where id = $1', [where.orgId]);
    expect((await left(where))[0]?.body).toMatchObject({ action: { customFields: {} } });
    const { rows } = await fixture.sql.query(`select distinct payload from actions.jobs where type = 'lookup-detail'`);
    expect(rows).toEqual([{ payload: {} }]);
  });

  it('are looked up again where the command that told them was lost', async () => {
    const where = await place();
    const contact = aContact(where);
    service.answers.set(contact.ref, json(200, found));
    await fixture.sql.query(`insert into actions.job_pauses (type, paused_by) values ('lookup-detail', 'test')`);
    await fixture.act(contact);
    const { id } = await fixture.actionOf(contact);
    // As a job leaves it whose command somebody dropped.
    await fixture.sql.query(
      "update actions.detail_lookups set state = 'answered', due_at = now() - interval '1 hour' where action_id = $1",
      [id],
    );
    await fixture.sql.query('delete from actions.jobs where org_id = $1', [where.orgId]);
    await fixture.sql.query('delete from actions.job_pauses');
    expect((await left(where))[0]?.body).toMatchObject({ action: { customFields: { memberSince: 2019 } } });
    expect(await lookupOf(id)).toMatchObject({ state: 'found' });
  });

  it('do not wait for what is tried again much later', async () => {
    const where = await place();
    await fixture.sql.query(
      `insert into actions.jobs (type, org_id, payload, priority, max_attempts, due_at)
       values ('lookup-detail', $1, '{}', 0, 1, now() + interval '1 hour')`,
      [where.orgId],
    );
    const contact = aContact(where);
    await fixture.act(contact);
    await left(where);
    expect(await lookupOf((await fixture.actionOf(contact)).id)).toMatchObject({ state: 'nothing' });
  });

  it('leave a repeat of equal content known as one', async () => {
    const where = await place();
    const ref = newRef();
    service.answers.set(ref, json(200, found));
    const [first, again] = [0, 1].map(() => aContact(where, { ref, action: { fields: { comment: 'mine' } } }));
    await fixture.act(first!);
    await left(where);
    await fixture.act(again!);
    expect((await left(where))[0]?.headers).toMatchObject({ no_mail: true });
  });

  describe('told by command, in any order', () => {
    const resultFor = (orgId: number, actionId: number, ref: string): DetailResultV1 => ({
      schema: 'groundswell:command:1',
      id: uuidV7(),
      at: new Date().toISOString(),
      kind: 'detail_result',
      actionId,
      ref,
      orgId,
      outcome: 'found',
      details: {
        optedInAt: '2025-03-01T09:00:00.000Z',
        emailStatus: { status: 'double_opt_in', at: '2025-03-02T10:00:00.000Z' },
        customFields: { memberSince: 2019 },
      },
    });
    const permutations = <T>(items: readonly T[]): T[][] =>
      items.length <= 1
        ? [[...items]]
        : items.flatMap((item, at) =>
            permutations([...items.slice(0, at), ...items.slice(at + 1)]).map((rest) => [item, ...rest]),
          );

    beforeAll(() =>
      fixture.sql.query(`insert into actions.job_pauses (type, paused_by) values ('lookup-detail', 'test')`),
    );
    afterAll(() => fixture.sql.query('delete from actions.job_pauses'));

    /** As jobs would: whatever waits is told. */
    const answerRest = async (where: Place) => {
      const { rows } = await fixture.sql.query<{ id: number; ref: Buffer }>(
        `select l.action_id::int as id, s.fingerprint as ref from actions.detail_lookups l
           join actions.actions a on a.id = l.action_id join actions.supporters s on s.id = a.supporter_id
          where l.org_id = $1 and l.state = 'waiting'`,
        [where.orgId],
      );
      if (rows.length === 0) return false;
      await fixture.act(...rows.map(({ id, ref }) => resultFor(where.orgId, id, ref.toString('base64url'))));
      return true;
    };

    it.each([
      ['signed', ['sign', 'share', 'link', 'result']],
      ['bounced', ['sign', 'share', 'link', 'result', 'bounce']],
    ])('a signature that is %s ends in one state', async (name, steps) => {
      const where = await place();
      const orders = permutations(steps).filter((order) =>
        order.every((step, at) => !['result', 'bounce'].includes(step) || at > order.indexOf('sign')),
      );
      const stories = orders.map((order) => {
        const [ref, sharedRef] = [newRef(), newRef()];
        const sign = aContact(where, { ref });
        return {
          order,
          ref,
          sign,
          share: anAction(where, sharedRef),
          link: aLink(where, ref, [sharedRef]),
          actionId: 0,
        };
      });
      for (let at = 0; at < steps.length; at += 1) {
        const messages = stories.map(({ order, ref, sign, share, link, actionId }) => {
          const step = order[at];
          if (step === 'result') return resultFor(where.orgId, actionId, ref);
          if (step === 'bounce') return anEmailEvent(actionId, ref, 'bounce', new Date('2026-11-20T10:00:00Z'));
          return step === 'sign' ? sign : step === 'share' ? share : link;
        });
        // Twice: the same message again changes nothing.
        await fixture.send(...messages);
        await fixture.act(...messages);
        for (const story of stories) {
          if (story.order[at] === 'sign') story.actionId = (await fixture.actionOf(story.sign)).id;
        }
      }
      const bounced = name === 'bounced';
      const statesOf = async () => {
        const states: object[] = [];
        for (const { sign, share, ref } of stories) {
          const [signed, shared] = [await fixture.actionOf(sign), await fixture.actionOf(share)];
          const { rows } = await fixture.sql.query(
            `select s.email_status as "emailStatus", c.communication_consent as consent, c.inserted_at as "givenAt", a.fields
               from actions.supporters s join actions.contacts c on c.supporter_id = s.id join actions.actions a on a.id = $2
              where s.fingerprint = $1`,
            [Buffer.from(ref, 'base64url'), signed.id],
          );
          states.push({
            signature: signed.status,
            supporter: signed.supporterStatus,
            isLinked: shared.supporterId === signed.supporterId,
            // A share that had left before the bounce stays delivered.
            share: bounced && [2, 4].includes(shared.status) ? 'over' : shared.status,
            ...rows[0],
          });
        }
        return states;
      };
      const wanted = stories.map(() => ({
        signature: bounced ? 2 : 4,
        supporter: bounced ? 2 : 3,
        isLinked: true,
        share: bounced ? 'over' : 4,
        emailStatus: bounced ? 2 : 1,
        consent: true,
        givenAt: new Date('2025-03-01T09:00:00Z'),
        fields: { memberSince: 2019 },
      }));
      // What crossed in two partitions is linked a moment later, and looked up then.
      await waitFor(async () => !(await answerRest(where)) && isDeepStrictEqual(await statesOf(), wanted)).catch(
        () => undefined,
      );
      expect(await statesOf()).toEqual(wanted);
      const { rows } = await fixture.sql.query('select reason from actions.parked');
      expect(rows).toEqual([]);
    });
  });
});
