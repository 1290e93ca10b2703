import type { Sampler } from '@opentelemetry/sdk-trace';
import type * as Sdk from '@opentelemetry/sdk-trace';
import { OtelTracing, SpanIds } from './otel-tracing';
import { noTracing, type Tracing } from './tracing';
import { WatchedExporter } from './watched-exporter';

/** Values of the standard variables, as `tracingVariables` of libs/config reads them. */
export interface TracingConfig {
  OTEL_SDK_DISABLED: boolean;
  OTEL_TRACES_EXPORTER?: 'otlp' | 'none' | undefined;
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string | undefined;
  OTEL_EXPORTER_OTLP_TIMEOUT: number;
  OTEL_TRACES_SAMPLER: SamplerName;
  OTEL_TRACES_SAMPLER_ARG: number;
  OTEL_BSP_MAX_QUEUE_SIZE: number;
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: number;
  OTEL_BSP_SCHEDULE_DELAY: number;
  OTEL_SERVICE_NAME?: string | undefined;
}

export type SamplerName =
  | 'always_on'
  | 'always_off'
  | 'traceidratio'
  | 'parentbased_always_on'
  | 'parentbased_always_off'
  | 'parentbased_traceidratio';

export interface TracedService {
  name: string;
  version?: string | undefined;
}

interface TracingLogger {
  warn(fields: object, text: string): void;
}

/** Where a collector on the same host listens (OTLP specification, "Endpoint URLs for OTLP/HTTP"). */
const localCollector = 'http://localhost:4318';
/** Requests to the collector under way at once; further batches wait in the queue. */
const exportsAtOnce = 2;
/** How long a process that ends waits for its last spans, ms. */
const closeLimitMs = 2_000;
/** An attribute is cut there: none of ours comes near. */
const longestValue = 512;
const mostAttributes = 32;

export const isTracingOn = (config: TracingConfig): boolean => {
  const { OTEL_TRACES_EXPORTER: exporter, OTEL_SDK_DISABLED: isDisabled } = config;
  if (isDisabled || exporter === 'none') return false;
  return (
    exporter === 'otlp' || Boolean(config.OTEL_EXPORTER_OTLP_ENDPOINT ?? config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT)
  );
};

/** The path is added to the general endpoint only. */
export const tracesUrlOf = (config: TracingConfig): string =>
  config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ??
  `${(config.OTEL_EXPORTER_OTLP_ENDPOINT ?? localCollector).replace(/\/+$/, '')}/v1/traces`;

/** Loads the SDK only where tracing is on: it takes memory and time to start. */
export async function startTracing(
  config: TracingConfig,
  { name, version }: TracedService,
  logger: TracingLogger,
): Promise<Tracing> {
  if (!isTracingOn(config)) return noTracing;
  const [api, sdk, resources, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);
  const say = (text: string): void => logger.warn({ reason: text }, 'tracing');
  const quiet = (): void => undefined;
  api.diag.setLogger(
    { error: say, warn: say, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: api.DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const exporter = new OTLPTraceExporter({
    url: tracesUrlOf(config),
    timeoutMillis: config.OTEL_EXPORTER_OTLP_TIMEOUT,
    concurrencyLimit: exportsAtOnce,
  });
  const processor = new sdk.BatchSpanProcessor({
    exporter: new WatchedExporter(exporter, logger),
    maxQueueSize: config.OTEL_BSP_MAX_QUEUE_SIZE,
    maxExportBatchSize: config.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
    scheduledDelayMillis: config.OTEL_BSP_SCHEDULE_DELAY,
    exportTimeoutMillis: config.OTEL_EXPORTER_OTLP_TIMEOUT,
  });
  const ids = new SpanIds();
  const own = resources.resourceFromAttributes({
    'service.namespace': 'groundswell',
    'service.name': config.OTEL_SERVICE_NAME ?? name,
    ...(version && { 'service.version': version }),
  });
  const provider = new sdk.TracerProvider({
    idGenerator: ids,
    sampler: samplerOf(sdk, config),
    spanProcessors: [processor],
    spanLimits: { attributeValueLengthLimit: longestValue, attributeCountLimit: mostAttributes },
    resource: resources
      .defaultResource()
      .merge(own)
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
  });
  return new OtelTracing(api, provider.getTracer('groundswell', version), ids, () => closeInTime(provider, say));
}

async function closeInTime(provider: Sdk.TracerProvider, say: (text: string) => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      say(`the last spans were not sent within ${closeLimitMs} ms`);
      resolve();
    }, closeLimitMs);
  });
  // Spans that do not arrive hold up nobody, least of all a process that ends.
  const sent = provider
    .shutdown()
    .catch((error: unknown) => say(error instanceof Error ? error.message : String(error)));
  await Promise.race([sent, late]);
  clearTimeout(timer);
}

function samplerOf(
  sdk: typeof Sdk,
  { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: ratio }: TracingConfig,
): Sampler {
  const { AlwaysOffSampler, AlwaysOnSampler, ParentBasedSampler, TraceIdRatioBasedSampler } = sdk;
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  }
}
