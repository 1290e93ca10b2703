import { z } from 'zod';
import { describeConfig } from './describe-config';
import { commaList, flag, port, secret, url } from './fields';
import { loadConfig } from './load-config';

it('shows what is configured and nothing secret', () => {
  const schema = z.object({
    PORT: port(4000),
    JWT_SECRET: secret().optional(),
    FINGERPRINT_SEED: secret(),
    DATABASE_URL: url(['postgres']),
    AMQP_URL: z.string(),
    REPLICAS: commaList(),
    ORG_NAME: z.string().optional(),
    IS_OPEN: flag(false),
  });
  const config = loadConfig(schema, {
    FINGERPRINT_SEED: 'hunter1',
    DATABASE_URL: 'postgres://app:hunter2@db:5432/gs?sslmode=require&sslpassword=hunter3',
    AMQP_URL: 'amqp://app:hunt@er4@rabbit/vhost',
    REPLICAS: 'redis://:hunter5@one, redis://two',
  });
  const described = describeConfig(schema, config);
  expect(described).toEqual({
    PORT: 4000,
    JWT_SECRET: 'not set',
    FINGERPRINT_SEED: 'set',
    DATABASE_URL: 'postgres://***@db:5432/gs?sslmode=require&sslpassword=***',
    AMQP_URL: 'amqp://***@rabbit/vhost',
    REPLICAS: 'redis://***@one, redis://two',
    ORG_NAME: 'not set',
    IS_OPEN: false,
  });
  expect(JSON.stringify(described)).not.toContain('hunt');
});
