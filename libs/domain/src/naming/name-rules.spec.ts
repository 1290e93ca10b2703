import {
  checkActionType,
  checkCampaignName,
  checkEmail,
  checkExternalId,
  checkExtraSupporters,
  checkFileName,
  checkOrgName,
  checkPageLocale,
  checkPageName,
  checkTargetLocale,
  checkTemplateName,
} from './name-rules';

const blank = "can't be blank";
const format = 'has invalid format';
const tooLong = 'should be at most 255 character(s)';

type Check = (text: string | null | undefined) => string | null;
const table: [string, Check, [string | null | undefined, string | null][]][] = [
  [
    'org name',
    checkOrgName,
    [
      ['greenorg', null],
      ['Green_Org-1', null],
      ['green org', format],
      ['green.org', format],
      ['green\n', format],
      ['grün', format],
      ['', blank],
      [null, blank],
      ['system', 'is invalid'],
      ['System', 'is invalid'],
      ['INGEST', 'is invalid'],
      ['confirm', 'is invalid'],
      ['deliver', 'is invalid'],
      ['event', 'is invalid'],
      ['amq', 'is invalid'],
      ['Reply', 'is invalid'],
      ['events', null],
      ['constructor', null],
      ['a'.repeat(200), null],
      ['a'.repeat(201), 'should be at most 200 character(s)'],
    ],
  ],
  [
    'campaign name',
    checkCampaignName,
    [
      ['stop-it_2', null],
      ['system', null],
      ['stop it', format],
      ['stop\n', format],
      [undefined, blank],
      ['a'.repeat(256), tooLong],
    ],
  ],
  [
    'action type',
    checkActionType,
    [
      ['petition', null],
      ['mail2target_x-1', null],
      ['share:email', format],
      ['register\n', format],
      ['', blank],
    ],
  ],
  [
    'page name',
    checkPageName,
    [
      ['act.movemove.org/petition/a', null],
      ['org_name/petition', null],
      ['org-name/campaign/locale/34', null],
      ['org_name', format],
      ['test/', format],
      ['/test', format],
      ['act_now.movemove.org/x', format],
      ['domain.pl/../x', format],
      ['domain.pl////', format],
      ['domain..pl/x', format],
      ['.pl/x', format],
      ['org/petition\n', format],
      ['org/petition?x=1', format],
      [null, blank],
      [`o/${'a'.repeat(254)}`, tooLong],
    ],
  ],
  [
    'page locale',
    checkPageLocale,
    [
      ['de', null],
      ['de_AT', null],
      ['de_AT@formal', null],
      ['de@formal', null],
      ['DE', format],
      ['de-AT', format],
      ['de_AT@Formal', format],
      ['de\n', format],
      ['', blank],
    ],
  ],
  [
    'target locale',
    checkTargetLocale,
    [
      ['de', null],
      ['de_AT', null],
      ['', null],
      [null, null],
      ['de@formal', format],
      ['de_at', format],
      ['de\n', format],
    ],
  ],
  [
    'template name',
    checkTemplateName,
    [
      ['Thank you-2_b', null],
      ['thank.you', format],
      ['thank you\n', format],
      ['', blank],
    ],
  ],
  [
    'file name',
    checkFileName,
    [
      ["bucket/dir/A_photo-1.(final)!*'.jpg", null],
      ['bucket/a b.jpg', format],
      ['bucket/ä.jpg', format],
      ['bucket/a.jpg\n', format],
      ['', blank],
    ],
  ],
  [
    'email',
    checkEmail,
    [
      ['ngo@example.org', null],
      ['ngo@localhost', null],
      ["a.!#$%&'*+/=?^_`{|}~-b@x-1.org", null],
      [null, null],
      ['', null],
      ['ngo', format],
      ['ngo@', format],
      ['ngo@example..org', format],
      ['ngo@example.org.', format],
      ['ngo@ex_ample.org', format],
      ['Ngo <ngo@example.org>', format],
      ['ngo@example.org\n', format],
    ],
  ],
];

describe.each(table)('%s', (_name, check, cases) => {
  it.each(cases)('%j: %s', (text, expected) => {
    expect(check(text)).toBe(expected);
  });
});

describe('ranges', () => {
  it.each([
    [0, null],
    [2147483647, null],
    [2147483648, 'is invalid'],
    [-1, 'is invalid'],
    [1.5, 'is invalid'],
    [null, null],
    [undefined, null],
  ])('external id %s: %s', (id, expected) => {
    expect(checkExternalId(id)).toBe(expected);
  });

  it.each([
    [0, null],
    [100_000_000, null],
    [100_000_001, 'is invalid'],
    [-1, 'is invalid'],
  ])('extra supporters %s: %s', (count, expected) => {
    expect(checkExtraSupporters(count)).toBe(expected);
  });
});
