import { randomUUID } from 'node:crypto';
import type * as Api from '@opentelemetry/api';
import type { IdGenerator } from '@opentelemetry/sdk-trace';
import type { Trace } from '../trace';
import type { OpenSpan, SpanAttributes, SpanKind, SpanStart, Tracing } from './tracing';

type OtelApi = typeof Api;

const hexDigits = (uuid: string): string => uuid.replaceAll('-', '');

/** Ids from randomUUID, which draws its randomness in advance; and the trace id that was asked for, where one was. */
export class SpanIds implements IdGenerator {
  private wanted: string | undefined;

  /** For the span that is started next, if it begins a trace. */
  want(traceId: string | undefined): void {
    this.wanted = traceId;
  }

  generateTraceId(): string {
    const traceId = this.wanted ?? hexDigits(randomUUID());
    this.wanted = undefined;
    return traceId;
  }

  /** The last digits: the first half of a UUID has one that is always 4. */
  generateSpanId(): string {
    return hexDigits(randomUUID()).slice(16);
  }
}

/** Spans of the official SDK. Parents are handed over, never looked for: there is one thing that is current, our `Trace`. */
export class OtelTracing implements Tracing {
  readonly isOn = true;

  constructor(
    private readonly api: OtelApi,
    private readonly tracer: Api.Tracer,
    private readonly ids: SpanIds,
    private readonly shutDown: () => Promise<void>,
  ) {}

  start({ name, kind, parent, traceId, attributes = {} }: SpanStart): OpenSpan {
    const { api } = this;
    const context = parent ? api.trace.setSpanContext(api.ROOT_CONTEXT, this.contextOf(parent)) : api.ROOT_CONTEXT;
    this.ids.want(traceId);
    const options = { kind: this.kindOf(kind), attributes: defined(attributes) };
    return new OtelSpan(this.tracer.startSpan(name, options, context), api);
  }

  close(): Promise<void> {
    return this.shutDown();
  }

  private contextOf({ traceId, spanId, sampled, state }: Trace): Api.SpanContext {
    const { TraceFlags, createTraceState } = this.api;
    return {
      traceId,
      spanId,
      traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
      isRemote: true,
      ...(state !== undefined && { traceState: createTraceState(state) }),
    };
  }

  private kindOf(kind: SpanKind): Api.SpanKind {
    const { SpanKind: kinds } = this.api;
    switch (kind) {
      case 'server':
        return kinds.SERVER;
      case 'client':
        return kinds.CLIENT;
      case 'producer':
        return kinds.PRODUCER;
      case 'consumer':
        return kinds.CONSUMER;
      case 'internal':
        return kinds.INTERNAL;
    }
  }
}

class OtelSpan implements OpenSpan {
  readonly trace: Trace;

  constructor(
    private readonly span: Api.Span,
    private readonly api: OtelApi,
  ) {
    const { traceId, spanId, traceFlags, traceState } = span.spanContext();
    const state = traceState?.serialize();
    const sampled = (traceFlags & api.TraceFlags.SAMPLED) !== 0;
    this.trace = { traceId, spanId, sampled, ...(state && { state }) };
  }

  set(attributes: SpanAttributes): void {
    this.span.setAttributes(defined(attributes));
  }

  end(problem?: string): void {
    if (problem !== undefined) {
      this.span.setAttribute('error.type', problem);
      this.span.setStatus({ code: this.api.SpanStatusCode.ERROR });
    }
    this.span.end();
  }
}

const defined = (attributes: SpanAttributes): Api.Attributes => {
  const kept: Api.Attributes = {};
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) kept[key] = value;
  return kept;
};
