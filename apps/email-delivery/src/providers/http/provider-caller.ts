import { HttpCaller } from '@groundswell/http';
import type { ProviderSettings } from '../mail-provider';

type CallerSettings = Pick<ProviderSettings, 'connectTimeoutMs' | 'timeoutMs' | 'allowPrivate'>;

/** The way to the API of a provider, or to an org's storage. */
export const openCaller = ({ connectTimeoutMs, timeoutMs, allowPrivate = false }: CallerSettings): HttpCaller =>
  new HttpCaller({ userAgent: 'groundswell-email', connectTimeoutMs, timeoutMs, allowPrivate });
