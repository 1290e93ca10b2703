import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, linkSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
// eslint-disable-next-line @nx/enforce-module-boundaries -- what the images are made by has no alias: nobody else makes any
import { assembleImage } from '../../../tools/assemble-image.mjs';

/** Whom the images run as. */
const imageUser = 65_532;
const isRoot = process.getuid?.() === 0;
/** For a checkout below a folder that is closed to others, such as /root; on the same disk links still work. */
const openToAll = '/var/tmp';

/** What the images hold, put together as docker/Dockerfile does it; run as their user where these tests run as root. */
export class ImageFolders {
  private constructor(private readonly dir: string) {}

  static create(names: readonly string[]): ImageFolders {
    const wanted = resolve(process.env['TEST_DIR'] ?? join('.local', 'test'));
    mkdirSync(wanted, { recursive: true });
    const folders = new ImageFolders(mkdtempSync(join(canBeEntered(wanted) ? wanted : openToAll, 'images-')));
    chmodSync(folders.dir, 0o755);
    linkOrCopy(process.execPath, folders.node);
    for (const name of names) assembleImage(name, folders.appOf(name), { mayLink: true });
    return folders;
  }

  get node(): string {
    return join(this.dir, 'node');
  }

  appOf(name: string): string {
    return join(this.dir, name);
  }

  /** Words of a container's command as they are here. */
  translate(name: string, words: readonly string[]): string[] {
    return words.map((word) =>
      word === '/usr/local/bin/node' ? this.node : word.replace(/^\/app(?=\/|$)/, this.appOf(name)),
    );
  }

  /** For spawn. */
  get user(): { uid?: number; gid?: number } {
    return isRoot ? { uid: imageUser, gid: imageUser } : {};
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function canBeEntered(dir: string): boolean {
  if (!isRoot) return true;
  return spawnSync('/bin/ls', [dir], { uid: imageUser, gid: imageUser, stdio: 'ignore' }).status === 0;
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // Another file system: a copy does as well.
    copyFileSync(from, to);
  }
}
