import { ApiError } from '../api/api-error';
import type { PageScope } from '@groundswell/submissions';
import { LruCache } from '../graphql/documents/lru-cache';
import type { CaptchaOffer } from './captcha-offer';
import type { CaptchaProvider } from './captcha-provider';
import type { CaptchaService, CaptchaSettings } from './captcha-settings';
import { HcaptchaProvider } from './hcaptcha.captcha-provider';
import { ProcaptchaProvider } from './procaptcha.captcha-provider';

/** One captcha that was solved. */
export interface PassedCaptcha {
  service: CaptchaService;
  method: string | null;
}

/** The submission a captcha is solved for. */
export interface CaptchaSubject {
  submissionId: string;
  /** The id comes from an Idempotency-Key: the same submission may come again. */
  mayRepeat: boolean;
}

/** Submissions whose captcha is remembered, for those who repeat them. */
const rememberedPasses = 10_000;

/** Key in the `config` of a campaign or org that asks for captchas on its pages. The config is world-readable, and so may
 *  this be. */
export const requireCaptchaKey = 'requireCaptcha';

/** Who must solve a captcha, and whether it was solved (graphql-api.md §1.9). A code is good for one submission; a repeat
 *  of that submission by its Idempotency-Key needs no other one in the same gateway. */
export class CaptchaGate {
  private readonly passed = new LruCache<PassedCaptcha>(rememberedPasses);
  private readonly providers: ReadonlyMap<string, CaptchaProvider>;

  constructor(
    private readonly settings: CaptchaSettings,
    providers: ReadonlyMap<CaptchaService, CaptchaProvider> = configuredProviders(settings),
  ) {
    this.providers = providers;
  }

  /** Null when no captcha is asked for, or there is nobody to ask about it. */
  async pass(
    scope: Pick<PageScope, 'campaign' | 'collector' | 'lead'>,
    offer: CaptchaOffer | null | undefined,
    { submissionId, mayRepeat }: CaptchaSubject,
  ): Promise<PassedCaptcha | null> {
    if (!this.isRequired(scope)) return null;
    if (!offer) throw captchaError('unauthorized', 'Captcha code is required for this API call');
    if (this.providers.size === 0) return null;
    const known = mayRepeat && this.passed.get(submissionId);
    if (known) return known;
    const pass = await this.verify(offer);
    if (mayRepeat) this.passed.set(submissionId, pass);
    return pass;
  }

  private async verify({ code, service }: CaptchaOffer): Promise<PassedCaptcha> {
    const name = service ?? this.settings.defaultService;
    const provider = this.providers.get(name);
    if (!provider) throw captchaError('bad_arg', 'not enabled');
    const verification = await provider.verify(code);
    if (!verification.isSolved) throw captchaError('bad_captcha', verification.reason);
    return { service: name as CaptchaService, method: verification.method };
  }

  private isRequired({ campaign, collector, lead }: Parameters<CaptchaGate['pass']>[0]): boolean {
    return (
      this.settings.isRequired || [campaign, collector, lead].some((row) => row?.config[requireCaptchaKey] === true)
    );
  }
}

/** The widget shows an error at the field that its path ends with. */
const captchaError = (code: 'unauthorized' | 'bad_arg' | 'bad_captcha', message: string): ApiError =>
  new ApiError(code, message, {}, { inputPath: ['captcha'] });

function configuredProviders({ hcaptcha, procaptchaUrl }: CaptchaSettings): Map<CaptchaService, CaptchaProvider> {
  const providers = new Map<CaptchaService, CaptchaProvider>();
  if (procaptchaUrl !== null) providers.set('procaptcha', new ProcaptchaProvider(procaptchaUrl));
  if (hcaptcha) providers.set('hcaptcha', new HcaptchaProvider(hcaptcha));
  return providers;
}
