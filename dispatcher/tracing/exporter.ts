import { createHash } from 'node:crypto';
import type { Log } from '../../platform/log.ts';
import type { LifeSpan } from './spans.ts';

export interface TraceExporter {
  emit(spans: readonly LifeSpan[]): void;
  /** Sends what is left, for a few seconds at most. */
  stop(): Promise<void>;
}

const STOP_WITHIN_MS = 3_000;

/**
 * Spans to an OpenTelemetry collector over OTLP/HTTP, by the official SDK, which is loaded here and nowhere else: a
 * service without a collector never reads it. Headers, time-outs and compression follow the SDK's own `OTEL_…` variables.
 *
 * Ids follow from what a span is about, so that several servers tell one trace without handing anything to one another.
 */
export async function createTraceExporter(options: {
  readonly endpoint: string;
  readonly log: Log;
}): Promise<TraceExporter> {
  const [api, { BatchSpanProcessor, TracerProvider }, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  let next = { traceId: '', spanId: '' };
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': process.env['OTEL_SERVICE_NAME'] ?? 'yinling' }),
    idGenerator: { generateTraceId: () => next.traceId, generateSpanId: () => next.spanId },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: `${options.endpoint.replace(/\/$/, '')}/v1/traces` }),
      }),
    ],
  });
  const tracer = provider.getTracer('yinling');
  return {
    emit(spans) {
      for (const { alertId, key, parent, name, from, to, attributes } of spans) {
        const traceId = hexOf(`alert:${alertId}`, 32);
        next = { traceId, spanId: hexOf(key, 16) };
        const within =
          parent === undefined
            ? api.ROOT_CONTEXT
            : api.trace.setSpanContext(api.ROOT_CONTEXT, {
                traceId,
                spanId: hexOf(parent, 16),
                traceFlags: api.TraceFlags.SAMPLED,
              });
        tracer.startSpan(name, { startTime: new Date(from), attributes }, within).end(new Date(to));
      }
    },
    async stop() {
      const late = AbortSignal.timeout(STOP_WITHIN_MS);
      await Promise.race([
        provider.shutdown().catch((err: unknown) => options.log.warn({ err }, 'spans could not be sent')),
        new Promise<void>((resolve) => late.addEventListener('abort', () => resolve(), { once: true })),
      ]);
    },
  };
}

const hexOf = (text: string, digits: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, digits);
