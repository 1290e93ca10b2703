import { waitFor } from '@groundswell/testing';
import { FakeCaptcha } from '../servers/fake-captcha';
import { addAction, addActionContact, signature, type GraphqlAnswer } from './accept.fixture';
import { GatewayFleet, type RunningGateway } from './gateway.fixture';

let fleet: GatewayFleet;
let procaptcha: FakeCaptcha;
let hcaptcha: FakeCaptcha;
let pageId: number;
/** Asks for a captcha only where a config says so, and for every contact. */
let normal: RunningGateway;
let strict: RunningGateway;

beforeAll(async () => {
  [fleet, procaptcha, hcaptcha] = await Promise.all([
    GatewayFleet.create(),
    FakeCaptcha.procaptcha(),
    FakeCaptcha.hcaptcha(),
  ]);
  ({ pageId } = await fleet.insertPage());
  const providers = { PROCAPTCHA_URL: procaptcha.url, HCAPTCHA_KEY: 'hc-secret', HCAPTCHA_URL: hcaptcha.url };
  normal = await fleet.start(providers);
  strict = await fleet.start({ ...providers, CAPTCHA_REQUIRED: 'true' });
  await Promise.all([normal.isReady(), strict.isReady()]);
});
afterAll(async () => {
  await fleet.close();
  await Promise.all([procaptcha.close(), hcaptcha.close()]);
});
afterEach(async () => {
  procaptcha.takeAsked();
  hcaptcha.takeAsked();
  await fleet.takeIngested();
});

const sign = async (
  gateway: RunningGateway,
  extensions?: unknown,
  { page = pageId, contact = {}, key = '' } = {},
): Promise<GraphqlAnswer> => {
  const values = signature(page);
  const variables = { ...values, contact: { ...values.contact, ...contact } };
  const call = gateway.http.post('/api');
  if (key) call.set('idempotency-key', key);
  return (await call.send({ query: addActionContact, variables, extensions })).body as GraphqlAnswer;
};
/** Code, message and path of the only error. */
const refusalOf = ({ errors = [] }: GraphqlAnswer) => {
  const [error] = errors;
  return [errors.length, error?.extensions?.['code'], error?.message, error?.path?.join('.')];
};
const isAccepted = ({ data, errors }: GraphqlAnswer): boolean =>
  !errors && typeof data?.['addActionContact']?.contactRef === 'string';
const required = [1, 'unauthorized', 'Captcha code is required for this API call', 'addActionContact.captcha'];
const badCaptcha = (message: string) => [1, 'bad_captcha', message, 'addActionContact.captcha'];

describe('when a captcha is asked for', () => {
  it('asks nobody by default, and then looks at none', async () => {
    expect(isAccepted(await sign(normal))).toBe(true);
    expect(isAccepted(await sign(normal, { captcha: 'wrong', captcha_service: 'nonsense' }))).toBe(true);
    expect(procaptcha.asked).toEqual([]);
  });

  it('asks everybody who signs on an instance that says so, and no one who only acts', async () => {
    expect(refusalOf(await sign(strict))).toEqual(required);
    expect(refusalOf(await sign(strict, { captcha: '' }))).toEqual(required);
    const acted = await strict.post(addAction, { page: pageId, action: { actionType: 'share' }, contactRef: 'AAAA' });
    expect(acted.errors).toBeUndefined();
  });

  it.each(['campaigns', 'orgs'])('asks on pages whose row of %s says so in its config', async (table) => {
    const other = await fleet.insertPage(`act.org/asks_${table}`);
    const rowId = table === 'orgs' ? other.orgId : (await campaignOf(other.pageId)).id;
    await fleet.sql.query(`update catalog.${table} set config = '{"requireCaptcha": true}' where id = $1`, [rowId]);
    await waitFor(async () => {
      const [count] = refusalOf(await sign(normal, undefined, { page: other.pageId }));
      return count === 1;
    });
    expect(refusalOf(await sign(normal, undefined, { page: other.pageId }))).toEqual(required);
    expect(isAccepted(await sign(normal, { captcha: 'right' }, { page: other.pageId }))).toBe(true);
    expect(isAccepted(await sign(normal))).toBe(true);
  });

  it('takes any code while no provider is configured', async () => {
    const unconfigured = await fleet.start({ CAPTCHA_REQUIRED: 'true' });
    await unconfigured.isReady();
    expect(refusalOf(await sign(unconfigured))).toEqual(required);
    expect(isAccepted(await sign(unconfigured, { captcha: 'anything', captcha_service: 'hcaptcha' }))).toBe(true);
    await fleet.stop(unconfigured);
  });
});

const campaignOf = async (page: number): Promise<{ id: number }> => {
  const { rows } = await fleet.sql.query<{ id: number }>(
    'select campaign_id as id from catalog.action_pages where id = $1',
    [page],
  );
  return rows[0]!;
};

describe('procaptcha', () => {
  it('posts the code as a form', async () => {
    expect(isAccepted(await sign(strict, { captcha: 'xkcd:9:mac:image' }))).toBe(true);
    expect(procaptcha.asked).toEqual([
      { contentType: 'application/x-www-form-urlencoded;charset=UTF-8', form: { response: 'xkcd:9:mac:image' } },
    ]);
    expect(hcaptcha.asked).toEqual([]);
  });

  it.each([
    ['expired', 'captcha: challenge expired'],
    ['already-used', 'captcha: challenge already solved'],
    ['invalid', 'captcha: challenge solution invalid'],
    ['nobody knows', 'captcha: challenge solution validation error'],
    [undefined, 'captcha: challenge solution validation error'],
  ])('words the reason %s', async (reason, text) => {
    procaptcha.next.push({ status: 200, body: { success: false, reason } });
    expect(refusalOf(await sign(strict, { captcha: 'wrong' }))).toEqual(badCaptcha(text));
    expect(await fleet.takeIngested()).toEqual([]);
  });

  it('refuses on a status other than 200, and on a body that says nothing', async () => {
    procaptcha.next.push({ status: 503, body: 'away' }, { status: 200, body: 'no json' });
    expect(refusalOf(await sign(strict, { captcha: 'x' }))).toEqual(badCaptcha('Procaptcha returned status 503'));
    const said = 'captcha: challenge solution validation error';
    expect(refusalOf(await sign(strict, { captcha: 'x' }))).toEqual(badCaptcha(said));
  });

  it('tries a connection that fails once more, and no more', async () => {
    procaptcha.next.push('reset');
    expect(isAccepted(await sign(strict, { captcha: 'x' }))).toBe(true);
    procaptcha.takeAsked();
    procaptcha.next.push('reset', 'reset');
    expect(refusalOf(await sign(strict, { captcha: 'x' }))).toEqual(badCaptcha('Procaptcha HTTP error'));
    expect(procaptcha.asked).toHaveLength(2);
  });

  it('gives up on a silent provider without asking twice: it may have taken the code', async () => {
    procaptcha.next.push('silence');
    expect(refusalOf(await sign(strict, { captcha: 'x' }))).toEqual(badCaptcha('Procaptcha HTTP error'));
    expect(procaptcha.asked).toHaveLength(1);
  });
});

describe('hcaptcha', () => {
  const extensions = { captcha: 'token', captcha_service: 'hcaptcha' };

  it('is asked when the request names it, with the secret', async () => {
    expect(isAccepted(await sign(strict, extensions))).toBe(true);
    expect(hcaptcha.asked.map(({ form }) => form)).toEqual([{ secret: 'hc-secret', response: 'token' }]);
    expect(procaptcha.asked).toEqual([]);
  });

  it('lists why a code is refused', async () => {
    const codes = ['invalid-input-response', 'expired-input-response'];
    hcaptcha.next.push({ status: 200, body: { success: false, 'error-codes': codes } }, 'reset', 'reset');
    const text = 'Captcha code invalid (invalid-input-response, expired-input-response)';
    expect(refusalOf(await sign(strict, extensions))).toEqual(badCaptcha(text));
    expect(refusalOf(await sign(strict, extensions))).toEqual(badCaptcha('Captcha code invalid (unreachable)'));
  });

  it('is what CAPTCHA_SERVICE makes the default', async () => {
    const gateway = await fleet.start({
      CAPTCHA_REQUIRED: 'true',
      CAPTCHA_SERVICE: 'hcaptcha',
      HCAPTCHA_KEY: 'hc-secret',
      HCAPTCHA_URL: hcaptcha.url,
    });
    await gateway.isReady();
    expect(isAccepted(await sign(gateway, { captcha: 'token' }))).toBe(true);
    expect(hcaptcha.asked).toHaveLength(1);
    const other = await sign(gateway, { captcha: 'token', captcha_service: 'procaptcha' });
    expect(refusalOf(other)).toEqual([1, 'bad_arg', 'not enabled', 'addActionContact.captcha']);
    await fleet.stop(gateway);
  });
});

describe('the request', () => {
  it('may not name a service nobody knows', async () => {
    const answer = await sign(strict, { captcha: 'x', captcha_service: 'turnstile' });
    expect(refusalOf(answer)).toEqual([1, 'bad_arg', 'not enabled', 'addActionContact.captcha']);
  });

  it.each([[{ captcha: 5 }], [{ captcha: 'x', captcha_service: {} }], [['x']], ['text']])(
    'has malformed extensions %j',
    async (extensions) => {
      const { status, body } = await strict.http.post('/api').send({ query: '{ __typename }', extensions });
      const error = { message: 'Invalid extensions map', extensions: { code: 'invalid_extensions' } };
      expect([status, body]).toEqual([400, { data: null, errors: [error] }]);
    },
  );

  it('has its page and contact checked first: no code is spent on a form that must be sent again', async () => {
    const contact = await sign(strict, { captcha: 'x' }, { contact: { email: 'no address' } });
    expect(contact.errors?.map(({ message, path }) => [message, path?.at(-1)])).toEqual([
      ['has invalid format', 'email'],
    ]);
    const page = await sign(strict, { captcha: 'x' }, { page: 987_654 });
    expect(page.errors?.[0]?.message).toContain('Cannot find Action Page');
    expect(procaptcha.asked).toEqual([]);
  });

  it('brings one code per element of a batch', async () => {
    const element = { query: addActionContact, variables: signature(pageId) };
    const { body } = await strict.http.post('/api').send([{ ...element, extensions: { captcha: 'one' } }, element]);
    const [first, second] = body as { payload: GraphqlAnswer }[];
    expect(isAccepted(first!.payload)).toBe(true);
    expect(refusalOf(second!.payload)).toEqual(required);
  });

  it('needs no second captcha when it repeats itself by its Idempotency-Key', async () => {
    const first = await sign(strict, { captcha: 'once' }, { key: 'retry-1' });
    procaptcha.next.push({ status: 200, body: { success: false, reason: 'already-used' } });
    const again = await sign(strict, { captcha: 'once' }, { key: 'retry-1' });
    expect([isAccepted(first), again.data]).toEqual([true, first.data]);
    const other = await sign(strict, { captcha: 'once' }, { key: 'retry-2' });
    expect(refusalOf(other)).toEqual(badCaptcha('captcha: challenge already solved'));
    expect((await fleet.takeIngested()).map(({ messageId }) => messageId)).toHaveLength(2);
  });
});

describe('Fix: the audit of captchas', () => {
  const checksOf = async (submissionIds: string[]) => {
    const { rows } = await fleet.sql.query<{ submission_id: string; service: string; method: string | null }>(
      'select submission_id, service, method from catalog.captcha_checks where submission_id = any($1)',
      [submissionIds],
    );
    return rows;
  };

  it('says of each submission which captcha it came with, and nothing about the person', async () => {
    await sign(strict, { captcha: 'x' });
    const [submission] = await fleet.takeSubmissions();
    await waitFor(async () => (await checksOf([submission!.id])).length === 1);
    expect(await checksOf([submission!.id])).toEqual([
      { submission_id: submission!.id, service: 'procaptcha', method: 'image' },
    ]);
  });

  it('says nothing of what was refused or not asked for', async () => {
    const before = await fleet.sql.query('select submission_id from catalog.captcha_checks');
    procaptcha.next.push({ status: 200, body: { success: false, reason: 'invalid' } });
    await sign(strict, { captcha: 'x' });
    await sign(normal, { captcha: 'x' });
    await sign(strict, { captcha: 'last' });
    await waitFor(async () => {
      const { rowCount } = await fleet.sql.query('select from catalog.captcha_checks');
      return rowCount !== before.rowCount;
    });
    const after = await fleet.sql.query('select submission_id from catalog.captcha_checks');
    expect((after.rowCount ?? 0) - (before.rowCount ?? 0)).toBe(1);
  });

  it('does not hold up signing while the database is away, and is written when it is back', async () => {
    fleet.proxies.database.refuse();
    fleet.proxies.database.cut();
    expect(isAccepted(await sign(strict, { captcha: 'x' }))).toBe(true);
    fleet.proxies.database.accept();
    const [submission] = await fleet.takeSubmissions();
    await waitFor(async () => (await checksOf([submission!.id])).length === 1);
  });

  it('is written before the process ends', async () => {
    const gateway = await fleet.start({ CAPTCHA_REQUIRED: 'true', PROCAPTCHA_URL: procaptcha.url });
    await gateway.isReady();
    await sign(gateway, { captcha: 'x' });
    await fleet.stop(gateway);
    const [submission] = await fleet.takeSubmissions();
    expect(await checksOf([submission!.id])).toHaveLength(1);
  });
});
