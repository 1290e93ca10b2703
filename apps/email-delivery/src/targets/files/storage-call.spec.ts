import { storageCall, type StorageAccount } from './storage-call';

const at = new Date('2026-11-21T08:00:00Z');
const supabase: StorageAccount = {
  id: 1,
  name: 'supabase',
  host: 'https://files.example.org/',
  user: '',
  password: 'service-key',
  path: '',
};
const s3: StorageAccount = {
  id: 2,
  name: 's3',
  host: 'https://s3.eu-west-1.amazonaws.com',
  user: 'AKIDEXAMPLE',
  password: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  path: 'leaflets',
};

it('asks Supabase for bucket and path', async () => {
  expect(await storageCall(supabase, 'leaflets/river/one.png', at)).toEqual({
    method: 'GET',
    url: 'https://files.example.org/storage/v1/object/leaflets/river/one.png',
    headers: { accept: '*/*', authorization: 'Bearer service-key', apikey: 'service-key' },
  });
});

// What node:crypto makes of the same requests by the steps of AWS Signature Version 4.
it.each([
  [
    s3,
    'river/leaflet (1).png',
    '/leaflets/river/leaflet%20%281%29.png',
    'eu-west-1',
    'a8138530f9f404d34bc2ab2cb0b143dc691ff59d0521a22d2d2e8844c1097689',
  ],
  [
    { ...s3, host: 'https://minio.example.org:9000/' },
    'a!b*c.pdf',
    '/leaflets/a%21b%2Ac.pdf',
    'us-east-1',
    '75044e33833480e8e0a7c28ad14c0123394f17e1b008d4315c6e78aa3414baf3',
  ],
])('signs what it asks of S3: %#', async (account, file, path, region, signature) => {
  const call = await storageCall(account, file, at);
  expect(call?.url).toBe(new URL(path, account.host).href);
  expect(call?.headers['authorization']).toBe(
    `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/${region}/s3/aws4_request, ` +
      `SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${signature}`,
  );
});

it.each(['../../auth/v1/admin', 'bucket/../other/one.png', 'bucket//one.png', './one.png', '/one.png', 'bucket/'])(
  'asks for nothing outside a bucket: %s',
  async (file) => {
    expect(await storageCall(supabase, file, at)).toBeNull();
    expect(await storageCall(s3, file, at)).toBeNull();
  },
);

it('knows no other kind of storage, and no S3 without a bucket', async () => {
  expect(await storageCall({ ...supabase, name: 'smtp' }, 'bucket/one.png', at)).toBeNull();
  expect(await storageCall({ ...s3, path: '' }, 'one.png', at)).toBeNull();
});
