export type TemplateFault = 'unparsable' | 'partial' | 'too deep' | 'too long' | 'too much work';

/** A template that cannot be rendered, now or ever: retrying is useless. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';

  constructor(
    readonly code: TemplateFault,
    message: string,
  ) {
    super(`template ${code}: ${message}`);
  }
}
