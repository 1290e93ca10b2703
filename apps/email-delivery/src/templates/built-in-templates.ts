import { compiled } from './built-in/compiled';
import type { TemplateParts } from './mail-templates';

const templates: Readonly<Record<string, TemplateParts>> = compiled;

/** English mails for names that an org has no template of (email-and-mtt.md §2.4). From built-in/, by `node tools/build.mjs`. */
export const builtInTemplate = (name: string): TemplateParts | null =>
  Object.hasOwn(templates, name) ? (templates[name] ?? null) : null;
