import { z } from 'zod';
import { describeField, flag, integer, milliseconds, secret, url } from './fields';

const samplers = [
  'parentbased_always_on',
  'parentbased_traceidratio',
  'parentbased_always_off',
  'always_on',
  'traceidratio',
  'always_off',
] as const;

const share = (): z.ZodType<number> => {
  const expected = 'a share from 0 to 1, such as 0.05';
  const field = z.string().transform((text, context) => {
    const value = Number(text);
    if (/^\d*\.?\d+$/.test(text.trim()) && value <= 1) return value;
    context.addIssue({ code: 'custom', message: `"${text}" is not ${expected}` });
    return z.NEVER;
  });
  return describeField(field.default(1), { expected }) as unknown as z.ZodType<number>;
};

/** The standard variables of OpenTelemetry for traces (docs/tracing.md). Without an endpoint or exporter tracing is off. */
export const tracingVariables = () => ({
  /** Turns tracing off, whatever else is set. */
  OTEL_SDK_DISABLED: flag(false),
  /** `otlp` turns tracing on also without an endpoint (then http://localhost:4318), `none` off. */
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none']).optional(),
  /** Base address of a collector that takes OTLP over HTTP; `/v1/traces` is added. */
  OTEL_EXPORTER_OTLP_ENDPOINT: url(['http', 'https']).optional(),
  /** The same for traces alone, taken as it is. */
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url(['http', 'https']).optional(),
  /** Headers for the collector, `name=value` with commas between. */
  OTEL_EXPORTER_OTLP_HEADERS: secret().optional(),
  /** How long the collector has for one batch, retries included. */
  OTEL_EXPORTER_OTLP_TIMEOUT: milliseconds(10_000),
  /** Which traces are recorded; `parentbased_…` keeps to what the caller decided. */
  OTEL_TRACES_SAMPLER: z.enum(samplers).default('parentbased_always_on'),
  /** Share of traces for `traceidratio` and `parentbased_traceidratio`. */
  OTEL_TRACES_SAMPLER_ARG: share(),
  /** Spans that may wait for the collector; further ones are dropped. */
  OTEL_BSP_MAX_QUEUE_SIZE: integer({ min: 1, max: 100_000, default: 2_048, unit: 'spans' }),
  /** Spans sent at a time. */
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: integer({ min: 1, max: 10_000, default: 512, unit: 'spans' }),
  /** How long spans gather before they are sent. */
  OTEL_BSP_SCHEDULE_DELAY: milliseconds(5_000),
  /** Name of the service in traces; the service's own by default. */
  OTEL_SERVICE_NAME: z.string().min(1).optional(),
  /** Further attributes of the process, `key=value` with commas between. */
  OTEL_RESOURCE_ATTRIBUTES: z.string().optional(),
});
