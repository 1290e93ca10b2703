import { runWithTrace, type Trace } from '../trace';

export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

/** Ids, names of orgs and queues, counts, fixed words: nothing that a person wrote. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanStart {
  /** One of a few: ids go into attributes. */
  name: string;
  kind: SpanKind;
  /** The step before. Left out: this begins a trace. */
  parent?: Trace | undefined;
  /** 32 hex digits for a trace that begins here. */
  traceId?: string;
  attributes?: SpanAttributes;
}

export interface OpenSpan {
  /** Its `spanId` is this span's: what this step calls is handed this. */
  readonly trace: Trace;
  set(attributes: SpanAttributes): void;
  /** `problem` makes it a failed one: the class of an error or a fixed phrase, never its text. */
  end(problem?: string): void;
}

/** Where steps of a trace are recorded. */
export interface Tracing {
  readonly isOn: boolean;
  /** Null while tracing is off. Whether the span is recorded, the sampler says: see `trace.sampled`. */
  start(span: SpanStart): OpenSpan | null;
  /** Sends what waits, and waits for that a short time. */
  close(): Promise<void>;
}

export const noTracing: Tracing = { isOn: false, start: () => null, close: () => Promise.resolve() };

/** Runs work as one step of a trace; what it throws ends the span as a failed one. */
export async function inSpan<T>(
  tracing: Tracing,
  start: SpanStart,
  work: (span: OpenSpan | null) => Promise<T>,
): Promise<T> {
  const span = tracing.start(start);
  if (!span) return start.parent ? runWithTrace(start.parent, () => work(null)) : work(null);
  try {
    const result = await runWithTrace(span.trace, () => work(span));
    span.end();
    return result;
  } catch (error) {
    span.end(errorClassOf(error));
    throw error;
  }
}

/** What a span says of an error: never its text. */
export const errorClassOf = (error: unknown): string =>
  error instanceof Error ? error.constructor.name || error.name : typeof error;
