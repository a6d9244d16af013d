import { createHash } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import { convert } from 'xmlbuilder2';
import { failure } from '../server/failure.js';
import { type ByteSpan, conflict, type EvidenceFiles, type StoredFile } from './evidence-files.js';

const TIMEOUT_MS = 60_000;
const DAY_MS = 86_400_000;

/** An S3-compatible store. */
export interface BucketOptions {
  endpoint: string;
  region: string;
  bucket: string;
  /** Before every key, without slashes at its ends; may be empty. */
  prefix: string;
  accessKey: string;
  secretKey: string;
  /** The bucket in the path of the address (most stores of one's own), or in its host name. */
  pathStyle: boolean;
  /** The store itself keeps every file this long (object lock, mode GOVERNANCE). The bucket must have been made with object lock. */
  lockDays?: number;
}

interface Wanted {
  method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  key?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: Uint8Array;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes);

/** What a list in XML has under a name: none, one or many. */
function itemsOf<T>(value: T | T[] | undefined): T[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/**
 * Evidence in an S3-compatible bucket, `<prefix>/<alertId>/<file>`. A file is written only where none is (`If-None-Match: *`); a store
 * that does not know the condition is asked before, which leaves a gap between asking and writing.
 */
export class EvidenceBucket implements EvidenceFiles {
  readonly #options: BucketOptions;
  readonly #base: URL;
  readonly #nowMs: () => number;

  constructor(options: BucketOptions, nowMs: () => number = Date.now) {
    this.#options = options;
    this.#nowMs = nowMs;
    this.#base = new URL(options.endpoint);
    if (options.pathStyle) this.#base.pathname = `/${options.bucket}/`;
    else this.#base.hostname = `${options.bucket}.${this.#base.hostname}`;
  }

  #keyOf(alertId: string, file: string): string {
    return [this.#options.prefix, alertId, file].filter((part) => part !== '').join('/');
  }

  async #ask({ method, key = '', query = {}, headers = {}, body }: Wanted): Promise<Response> {
    const url = new URL(key, this.#base);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const { accessKey: accessKeyId, secretKey: secretAccessKey, region } = this.#options;
    const signer = new AwsV4Signer({
      ...{ method, url: url.href, accessKeyId, secretAccessKey, region, service: 's3' },
      headers: { ...headers, 'x-amz-content-sha256': sha256(body ?? new Uint8Array()).digest('hex') },
    });
    try {
      const signed = await signer.sign();
      return await fetch(signed.url, {
        ...{ method, headers: signed.headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) },
        ...(body ? { body: body as Uint8Array<ArrayBuffer> } : {}),
      });
    } catch (cause) {
      throw failure('API_EVIDENCE_STORE', 503, `the evidence store at ${this.#base.host} does not answer`, cause);
    }
  }

  /** The answer when its status is one of those expected. */
  async #expect(wanted: Wanted, statuses: number[]): Promise<Response> {
    const response = await this.#ask(wanted);
    if (statuses.includes(response.status) && response.status !== 404) return response;
    const code = /<Code>([A-Za-z]{1,60})<\/Code>/.exec(await response.text().catch(() => ''))?.[1];
    // A bucket that is not there is no file that is not there.
    if (statuses.includes(response.status) && code !== 'NoSuchBucket') return response;
    throw failure(
      'API_EVIDENCE_STORE',
      503,
      `the evidence store at ${this.#base.host} answers ${response.status}${code ? ` ${code}` : ''} to ${wanted.method}: check bucket, keys and rights`,
    );
  }

  async #bytes(response: Response): Promise<Buffer> {
    try {
      return Buffer.from(await response.arrayBuffer());
    } catch (cause) {
      throw failure('API_EVIDENCE_STORE', 503, `the evidence store at ${this.#base.host} broke off its answer`, cause);
    }
  }

  /** Object lock wants a checksum with the upload, and gives it back to who asks later. */
  #writeHeaders(checksum: string): Record<string, string> {
    const { lockDays } = this.#options;
    const until = lockDays === undefined ? null : new Date(this.#nowMs() + lockDays * DAY_MS).toISOString();
    return {
      'if-none-match': '*',
      'x-amz-checksum-sha256': checksum,
      ...(until ? { 'x-amz-object-lock-mode': 'GOVERNANCE', 'x-amz-object-lock-retain-until-date': until } : {}),
    };
  }

  async write(alertId: string, file: string, bytes: Uint8Array): Promise<void> {
    const key = this.#keyOf(alertId, file);
    const checksum = sha256(bytes).digest('base64');
    if ((await this.#checksumOf(key)) === null) {
      const put = { method: 'PUT', key, headers: this.#writeHeaders(checksum), body: bytes } as const;
      // 412: somebody wrote it meanwhile. 409: somebody does at this moment.
      await this.#expect(put, [200, 409, 412]);
    }
    const stored = await this.#checksumOf(key);
    if (stored === null)
      throw failure('API_EVIDENCE_STORE', 503, `the evidence store at ${this.#base.host} took ${file} and does not have it`);
    if (stored !== checksum) throw conflict(alertId, file);
  }

  /** SHA-256 of a stored file in base64, from the store where it keeps one, else from its bytes; null when it is not there. */
  async #checksumOf(key: string): Promise<string | null> {
    const head = await this.#expect({ method: 'HEAD', key, headers: { 'x-amz-checksum-mode': 'ENABLED' } }, [200, 404]);
    if (head.status === 404) return null;
    const kept = head.headers.get('x-amz-checksum-sha256');
    if (kept !== null) return kept;
    const response = await this.#expect({ method: 'GET', key }, [200, 404]);
    return response.status === 404 ? null : sha256(await this.#bytes(response)).digest('base64');
  }

  async read(alertId: string, file: string): Promise<Buffer | null> {
    const response = await this.#expect({ method: 'GET', key: this.#keyOf(alertId, file) }, [200, 404]);
    return response.status === 404 ? null : this.#bytes(response);
  }

  async readSpan(alertId: string, file: string, { first, last }: ByteSpan): Promise<Buffer | null> {
    const headers = { range: `bytes=${first}-${last}` };
    const response = await this.#expect({ method: 'GET', key: this.#keyOf(alertId, file), headers }, [200, 206, 404, 416]);
    if (response.status === 404) return null;
    const bytes = await this.#bytes(response);
    // A store may leave the range unheeded and send everything.
    return response.status === 206 ? bytes : response.status === 200 && bytes.length > first ? bytes.subarray(first, last + 1) : null;
  }

  async remove(alertId: string, file: string): Promise<void> {
    const key = this.#keyOf(alertId, file);
    // Erasure is by order, and outlives every version: the one right that mode GOVERNANCE leaves to who has it.
    const headers: Record<string, string> = this.#options.lockDays === undefined ? {} : { 'x-amz-bypass-governance-retention': 'true' };
    const versions = await this.#versionsOf(key);
    const queries: Record<string, string>[] = versions.length === 0 ? [{}] : versions.map((versionId) => ({ versionId }));
    for (const query of queries) await this.#expect({ method: 'DELETE', key, query, headers }, [200, 204, 404]);
  }

  /** Version ids of a file, its markers of deletion too; none where the store keeps no versions. */
  async #versionsOf(key: string): Promise<string[]> {
    const response = await this.#expect({ method: 'GET', query: { versions: '', prefix: key } }, [200, 405, 501]);
    const text = (await this.#bytes(response)).toString('utf8');
    if (response.status !== 200) return [];
    const list = (convert(text, { format: 'object' }) as { ListVersionsResult?: Record<string, VersionItem | VersionItem[]> })
      .ListVersionsResult;
    const all = [...itemsOf(list?.['Version']), ...itemsOf(list?.['DeleteMarker'])];
    return all.filter((item) => item.Key === key && item.VersionId !== 'null').map((item) => item.VersionId);
  }

  async list(alertId: string): Promise<StoredFile[]> {
    const prefix = this.#keyOf(alertId, '/').slice(0, -1);
    const files: StoredFile[] = [];
    for (let more: string | undefined = ''; more !== undefined; ) {
      const query = { 'list-type': '2', prefix, ...(more === '' ? {} : { 'continuation-token': more }) };
      const response = await this.#expect({ method: 'GET', query }, [200]);
      const page: ListPage | undefined = (
        convert((await this.#bytes(response)).toString('utf8'), { format: 'object' }) as { ListBucketResult?: ListPage }
      ).ListBucketResult;
      for (const { Key, Size } of itemsOf(page?.Contents)) files.push({ file: Key.slice(prefix.length), sizeBytes: Number(Size) });
      more = page?.IsTruncated === 'true' ? page.NextContinuationToken : undefined;
    }
    return files.sort((a, b) => (a.file < b.file ? -1 : 1));
  }
}

interface VersionItem {
  Key: string;
  VersionId: string;
}

interface ListPage {
  Contents?: { Key: string; Size: string } | { Key: string; Size: string }[];
  IsTruncated?: string;
  NextContinuationToken?: string;
}
