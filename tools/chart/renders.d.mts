/** Types of renders.mjs for tests written in TypeScript. */
import type { Container, Rendered, RenderRequest } from './chart-tool.mjs';

export function renders(): RenderRequest[];
export function podsOf(
  rendered: Rendered,
): { name: string; labels: Record<string, string>; spec: { containers: Container[] } }[];
