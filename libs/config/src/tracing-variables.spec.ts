import { z } from 'zod';
import { describeConfig } from './describe-config';
import { loadConfig } from './load-config';
import { tracingVariables } from './tracing-variables';

const schema = z.object(tracingVariables());

it('is off by default, with the defaults of the standard', () => {
  expect(loadConfig(schema, {})).toEqual({
    OTEL_SDK_DISABLED: false,
    OTEL_EXPORTER_OTLP_TIMEOUT: 10_000,
    OTEL_TRACES_SAMPLER: 'parentbased_always_on',
    OTEL_TRACES_SAMPLER_ARG: 1,
    OTEL_BSP_MAX_QUEUE_SIZE: 2_048,
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: 512,
    OTEL_BSP_SCHEDULE_DELAY: 5_000,
  });
});

it.each<[string, number | null]>([
  ['0', 0],
  ['0.05', 0.05],
  ['.5', 0.5],
  ['1', 1],
  ['1.1', null],
  ['-0.1', null],
  ['5%', null],
  ['half', null],
])('reads the share %j as %j', (text, share) => {
  const read = () => loadConfig(schema, { OTEL_TRACES_SAMPLER_ARG: text }).OTEL_TRACES_SAMPLER_ARG;
  if (share === null) expect(read).toThrow('OTEL_TRACES_SAMPLER_ARG');
  else expect(read()).toBe(share);
});

it.each([
  { OTEL_TRACES_SAMPLER: 'sometimes' },
  { OTEL_TRACES_EXPORTER: 'zipkin' },
  { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
  { OTEL_BSP_MAX_QUEUE_SIZE: '0' },
])('refuses %j', (environment) => {
  expect(() => loadConfig(schema, environment)).toThrow(Object.keys(environment)[0]);
});

it('prints no header of the collector', () => {
  const config = loadConfig(schema, { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=hunter2' });
  expect(describeConfig(schema, config)).toMatchObject({ OTEL_EXPORTER_OTLP_HEADERS: 'set' });
});
