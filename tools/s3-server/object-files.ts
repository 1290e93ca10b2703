import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ReceivedBody } from './received-body';
import { noSuchKey, S3Fault } from './s3-fault';

export interface StoredObject {
  key: string;
  file: string;
  size: number;
  /** Without its quotes. */
  etag: string;
  contentType: string;
  /** Base64. */
  checksumSha256: string | null;
  modifiedAt: string;
}

export interface UploadedPart extends ReceivedBody {
  number: number;
}

export interface MultipartUpload {
  key: string;
  contentType: string;
  parts: Map<number, UploadedPart>;
}

const leastPartBytes = 5 * 1024 * 1024;

/** Objects of one bucket in a folder: a description and a file each. Uploads in parts do not outlive the process. */
export class ObjectFiles {
  readonly incoming: string;
  private readonly objects = new Map<string, StoredObject>();
  private readonly uploads = new Map<string, MultipartUpload>();

  constructor(private readonly dir: string) {
    this.incoming = join(dir, 'data');
    mkdirSync(this.incoming, { recursive: true });
    mkdirSync(join(dir, 'objects'), { recursive: true });
    for (const name of readdirSync(join(dir, 'objects')).filter((file) => file.endsWith('.json'))) {
      const found = JSON.parse(readFileSync(join(dir, 'objects', name), 'utf8')) as StoredObject;
      this.objects.set(found.key, found);
    }
  }

  get(key: string): StoredObject {
    const found = this.objects.get(key);
    if (!found) throw noSuchKey();
    return found;
  }

  keys(): string[] {
    return [...this.objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  read(object: StoredObject, range: { start: number; end: number }) {
    return createReadStream(this.pathOf(object), range);
  }

  put(key: string, contentType: string, body: ReceivedBody): Promise<StoredObject> {
    const { file, size, md5, checksumSha256 } = body;
    return this.keep({ key, file: nameOf(file), size, etag: md5, contentType, checksumSha256 });
  }

  async copy(from: string, to: string): Promise<StoredObject> {
    const source = this.get(from);
    const file = randomUUID();
    await copyFile(this.pathOf(source), join(this.incoming, file));
    return this.keep({ ...source, key: to, file });
  }

  async remove(key: string): Promise<void> {
    const known = this.objects.get(key);
    if (!known) return;
    this.objects.delete(key);
    await rm(this.descriptionOf(key), { force: true });
    await rm(this.pathOf(known), { force: true });
  }

  begin(key: string, contentType: string): string {
    const id = randomUUID();
    this.uploads.set(id, { key, contentType, parts: new Map() });
    return id;
  }

  upload(id: string, key: string): MultipartUpload {
    const found = this.uploads.get(id);
    if (!found || found.key !== key) throw new S3Fault(404, 'NoSuchUpload');
    return found;
  }

  async abort(id: string, key: string): Promise<void> {
    const { parts } = this.upload(id, key);
    this.uploads.delete(id);
    for (const { file } of parts.values()) await rm(file, { force: true });
  }

  async complete(id: string, key: string, named: { number: number; etag: string }[]): Promise<StoredObject> {
    const upload = this.upload(id, key);
    const parts = named.map(({ number, etag }) => {
      const part = upload.parts.get(number);
      if (!part || part.md5 !== etag.replaceAll('"', '')) throw new S3Fault(400, 'InvalidPart');
      return part;
    });
    if (parts.length === 0) throw new S3Fault(400, 'MalformedXML');
    if (parts.some(({ number }, at) => at > 0 && number <= (parts[at - 1]?.number ?? 0))) {
      throw new S3Fault(400, 'InvalidPartOrder');
    }
    if (parts.slice(0, -1).some(({ size }) => size < leastPartBytes)) throw new S3Fault(400, 'EntityTooSmall');
    const file = randomUUID();
    for (const part of parts) {
      await pipeline(createReadStream(part.file), createWriteStream(join(this.incoming, file), { flags: 'a' }));
    }
    const digests = Buffer.concat(parts.map(({ md5 }) => Buffer.from(md5, 'hex')));
    const etag = `${createHash('md5').update(digests).digest('hex')}-${parts.length}`;
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    const kept = await this.keep({ key, file, size, etag, contentType: upload.contentType, checksumSha256: null });
    await this.abort(id, key);
    return kept;
  }

  /** The description is replaced in one step, so a reader finds the old object or the new one. */
  private async keep(made: Omit<StoredObject, 'modifiedAt'>): Promise<StoredObject> {
    const object = { ...made, modifiedAt: new Date().toISOString() };
    const draft = join(this.dir, `${randomUUID()}.next`);
    await writeFile(draft, JSON.stringify(object));
    await rename(draft, this.descriptionOf(object.key));
    const replaced = this.objects.get(object.key);
    this.objects.set(object.key, object);
    if (replaced) await rm(this.pathOf(replaced), { force: true });
    return object;
  }

  private pathOf({ file }: StoredObject): string {
    return join(this.incoming, file);
  }

  private descriptionOf(key: string): string {
    return join(this.dir, 'objects', `${createHash('sha256').update(key).digest('hex')}.json`);
  }
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
