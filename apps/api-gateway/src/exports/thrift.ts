import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How much the heap may grow before it is collected again, percent, while exports are read. */
const growthPercent = 5;
/** After the last page it goes back to what V8 thinks best, ms. */
const restAfterMs = 10_000;

/**
 * V8 lets garbage grow to a multiple of what lives. That is fast, and right for signing; the pages of an export would fill 100 MB
 * with rows that nobody needs any more, and that memory stays taken. So while somebody reads an export, garbage is
 * collected early, at some cost of speed.
 */
export class Thrift {
  private timer: NodeJS.Timeout | undefined;

  /** Called before each page. */
  begin(): void {
    if (this.timer) clearTimeout(this.timer);
    else {
      setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
      collectGarbage();
    }
    this.timer = setTimeout(() => this.end(), restAfterMs).unref();
  }

  private end(): void {
    this.timer = undefined;
    setFlagsFromString('--heap-growing-percent=0');
  }
}

/** Once, so that the new growth counts from what lives now. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
