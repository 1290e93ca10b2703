import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { RethrowFilter } from './rethrow.filter';

const methods = { handle: 'single', handleBatch: 'batch' } as const;

/** Makes a class the handler of the consumer `id` of the app's consumers table. Nest explores controllers only, so it becomes
 *  one. The class has `handle` (MessageHandler) or `handleBatch` (BatchHandler), not both. */
export const Consumes =
  (id: string): ClassDecorator =>
  (target) => {
    const prototype = target.prototype as object;
    const found = (Object.keys(methods) as (keyof typeof methods)[]).filter((name) => name in prototype);
    const method = found[0];
    if (found.length !== 1 || !method) throw new Error(`${target.name} must have handle or handleBatch, and not both`);
    const descriptor = Object.getOwnPropertyDescriptor(prototype, method);
    if (!descriptor) throw new Error(`${target.name} must define ${method} itself`);
    MessagePattern(id, { kind: methods[method] })(prototype, method, descriptor);
    Payload()(prototype, method, 0);
    if (method === 'handle') Ctx()(prototype, method, 1);
    UseFilters(RethrowFilter)(target);
    Controller()(target);
  };
