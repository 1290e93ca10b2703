/** Types of chart-tool.mjs for tests written in TypeScript. */
export interface EnvVariable {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef: { name: string; key: string } };
}

export interface Container {
  name: string;
  command: string[];
  args: string[];
  env: EnvVariable[];
}

export interface RenderedObject {
  kind: string;
  metadata: { name: string };
}

export interface Rendered {
  name: string;
  error?: string;
  objects: { object: RenderedObject }[];
}

export interface RenderRequest {
  name: string;
  values?: string[];
  set?: Record<string, unknown>;
  isUpgrade?: boolean;
}

export type ChartTool =
  | { missing: string; run?: undefined }
  | { missing?: undefined; run(request: { renders: RenderRequest[] }): { renders: Rendered[] } };

export function chartTool(): ChartTool;
