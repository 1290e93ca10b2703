import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

type OtlpValue = { stringValue?: string; intValue?: number; doubleValue?: number; boolValue?: boolean };

interface OtlpAttribute {
  key: string;
  value: OtlpValue;
}

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: OtlpAttribute[];
  status: { code: number };
}

/** The JSON form of an export request (OTLP 1.x, ExportTraceServiceRequest), as far as it is looked at. */
interface OtlpExport {
  resourceSpans: { resource: { attributes: OtlpAttribute[] }; scopeSpans: { spans: OtlpSpan[] }[] }[];
}

/** One span as the collector got it. */
export interface SeenSpan {
  service: string;
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer' | 'unknown';
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  /** Milliseconds since 1970. */
  startedAt: number;
  endedAt: number;
  isFailed: boolean;
  attributes: Record<string, string | number | boolean>;
}

const kinds = ['unknown', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const failed = 2;

/** A collector that takes OTLP over HTTP as JSON, and keeps what it gets. */
export class OtlpCollector {
  readonly spans: SeenSpan[] = [];
  /** Bodies as they came. */
  readonly bodies: string[] = [];
  /** What every export is answered with. */
  status = 200;
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const isTraces = request.method === 'POST' && request.url === '/v1/traces';
      if (isTraces && this.status === 200) this.take(Buffer.concat(chunks).toString('utf8'));
      response.writeHead(isTraces ? this.status : 404, { 'content-type': 'application/json' }).end('{}');
    });
  });

  async start(): Promise<this> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }

  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Of one trace, parents before their children. */
  traceOf(traceId: string): SeenSpan[] {
    const spans = this.spans.filter((span) => span.traceId === traceId).sort((a, b) => a.startedAt - b.startedAt);
    const ids = new Set(spans.map(({ spanId }) => spanId));
    const ordered: SeenSpan[] = [];
    const visit = (span: SeenSpan): void => {
      ordered.push(span);
      for (const child of spans) if (child.parentSpanId === span.spanId) visit(child);
    };
    for (const span of spans) if (span.parentSpanId === null || !ids.has(span.parentSpanId)) visit(span);
    return ordered;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private take(body: string): void {
    this.bodies.push(body);
    for (const { resource, scopeSpans } of (JSON.parse(body) as OtlpExport).resourceSpans) {
      const service = String(attributesOf(resource.attributes)['service.name']);
      for (const { spans } of scopeSpans) for (const span of spans) this.spans.push(seen(span, service));
    }
  }
}

const seen = (span: OtlpSpan, service: string): SeenSpan => ({
  service,
  name: span.name,
  kind: kinds[span.kind] ?? 'unknown',
  traceId: span.traceId,
  spanId: span.spanId,
  parentSpanId: span.parentSpanId || null,
  startedAt: Number(span.startTimeUnixNano) / 1e6,
  endedAt: Number(span.endTimeUnixNano) / 1e6,
  isFailed: span.status.code === failed,
  attributes: attributesOf(span.attributes),
});

const attributesOf = (attributes: OtlpAttribute[]): Record<string, string | number | boolean> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue ?? '',
    ]),
  );
