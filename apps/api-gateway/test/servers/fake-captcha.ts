import { LocalHttp, type LocalAnswer, type LocalRequest } from './local-http';

export interface AskedCaptcha {
  contentType: string | undefined;
  form: Record<string, string>;
}

/** A captcha provider. Says yes to what it has no other answer for. */
export class FakeCaptcha {
  readonly asked: AskedCaptcha[] = [];
  /** Taken one after the other before anything else. */
  readonly next: LocalAnswer[] = [];
  private http!: LocalHttp;

  private constructor(private readonly yes: object) {}

  static procaptcha(): Promise<FakeCaptcha> {
    return new FakeCaptcha({ success: true, method: 'image' }).listen();
  }

  static hcaptcha(): Promise<FakeCaptcha> {
    return new FakeCaptcha({ success: true, challenge_ts: '2024-04-12T16:14:14Z', hostname: 'example.org' }).listen();
  }

  get url(): string {
    return `${this.http.origin}/verify`;
  }

  /** Since the last call. */
  takeAsked(): AskedCaptcha[] {
    return this.asked.splice(0);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async listen(): Promise<FakeCaptcha> {
    this.http = await LocalHttp.start((request) => this.answer(request));
    return this;
  }

  private answer({ headers, body }: LocalRequest): LocalAnswer {
    this.asked.push({ contentType: headers['content-type'], form: Object.fromEntries(new URLSearchParams(body)) });
    return this.next.shift() ?? { status: 200, body: this.yes };
  }
}
