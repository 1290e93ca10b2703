import { InputError } from '../api/api-error';
import { readServiceInput } from './service-input';

describe('readServiceInput', () => {
  it.each(['smtp://mail.example', 'mail.example:587', 'tls://user:secret@mail.example'])(
    'refuses %s as the host of an SMTP service, and says where',
    (host) => {
      let thrown: unknown;
      try {
        readServiceInput({ name: 'SMTP', host });
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(InputError);
      expect(JSON.stringify(thrown)).toContain('"host"');
    },
  );

  it('takes right ones, none, and any for other services', () => {
    expect(readServiceInput({ name: 'SMTP', host: 'tls://mail.example:587' })).toMatchObject({
      host: 'tls://mail.example:587',
    });
    expect(readServiceInput({ name: 'SMTP', host: null })).toMatchObject({ host: '' });
    expect(readServiceInput({ name: 'SES', host: 'eu-west-1' })).toMatchObject({ host: 'eu-west-1' });
  });
});
