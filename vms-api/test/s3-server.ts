import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignatureV4 } from '@smithy/signature-v4';
import type { BucketOptions } from '../src/evidence/evidence-bucket.js';

const KEYS = { accessKey: 'test-access', secretKey: 'test-secret' };
const BUCKET = 'evidence';

/** A hash as the library of AWS wants it. */
class NodeSha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array);
  }
  update(chunk: Uint8Array | string): void {
    this.#hash.update(chunk);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {}
}

interface Version {
  id: string;
  bytes: Buffer;
  checksum: string | null;
  headers: IncomingMessage['headers'];
}

/** What the server does otherwise than it should, or does not know. */
export interface Faults {
  /** Every request is answered so, with this body's code. */
  status?: number;
  /** Connections are cut. */
  away?: boolean;
  /** Without `If-None-Match`, checksums and versions, as older stores. */
  plain?: boolean;
  /** What is stored is not what was sent. */
  damages?: boolean;
  /** Requests of this method are never answered. */
  stalls?: string;
  /** Answers to GET end in their middle. */
  breaksOff?: boolean;
}

export interface TestBucket {
  options: BucketOptions;
  objects: Map<string, Version[]>;
  faults: Faults;
  requests: { method: string; url: string; headers: IncomingMessage['headers'] }[];
  close(): Promise<void>;
}

/** The signature is computed anew by AWS's own library from what arrived: a request that it would not have signed so is refused. */
async function isSigned(request: IncomingMessage, url: URL, body: Buffer): Promise<boolean> {
  const { authorization = '' } = request.headers;
  const match = /Credential=([^/]+)\/\d+\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})/.exec(authorization);
  if (!match || match[1] !== KEYS.accessKey) return false;
  if (request.headers['x-amz-content-sha256'] !== createHash('sha256').update(body).digest('hex')) return false;
  const signer = new SignatureV4({
    ...{ service: 's3', region: match[2] as string, sha256: NodeSha256, uriEscapePath: false, applyChecksum: false },
    credentials: { accessKeyId: KEYS.accessKey, secretAccessKey: KEYS.secretKey },
  });
  const signedHeaders = new Set((match[3] as string).split(';'));
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => signedHeaders.has(name))) as Record<string, string>;
  const date = String(request.headers['x-amz-date']).replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6Z');
  const signed = await signer.sign(
    {
      ...{ method: request.method as string, protocol: 'http:', hostname: '127.0.0.1', path: url.pathname, headers, body },
      query: Object.fromEntries(url.searchParams),
    },
    { signingDate: new Date(date), signableHeaders: signedHeaders, unsignableHeaders: new Set() },
  );
  return signed.headers['authorization']?.endsWith(match[4] as string) === true;
}

const errorXml = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`;

function listXml(bucket: TestBucket, url: URL): string {
  const prefix = url.searchParams.get('prefix') ?? '';
  const keys = [...bucket.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  if (url.searchParams.has('versions')) {
    const versions = keys.flatMap((key) =>
      (bucket.objects.get(key) ?? []).map(({ id }) => `<Version><Key>${key}</Key><VersionId>${id}</VersionId></Version>`),
    );
    return `<ListVersionsResult>${versions.join('')}</ListVersionsResult>`;
  }
  // Two a page, so that a list of three has a second page.
  const first = Number(url.searchParams.get('continuation-token') ?? 0);
  const page = keys.slice(first, first + 2);
  const contents = page.map((key) => `<Contents><Key>${key}</Key><Size>${bucket.objects.get(key)?.at(-1)?.bytes.length}</Size></Contents>`);
  const more = first + 2 < keys.length;
  const next = more ? `<NextContinuationToken>${first + 2}</NextContinuationToken>` : '';
  return `<ListBucketResult>${contents.join('')}<IsTruncated>${more}</IsTruncated>${next}</ListBucketResult>`;
}

function get(bucket: TestBucket, key: string, request: IncomingMessage, response: ServerResponse): void {
  const stored = bucket.objects.get(key)?.at(-1);
  if (!stored) return void response.writeHead(404).end(request.method === 'HEAD' ? undefined : errorXml('NoSuchKey'));
  if (stored.checksum && !bucket.faults.plain && request.headers['x-amz-checksum-mode'] === 'ENABLED')
    response.setHeader('x-amz-checksum-sha256', stored.checksum);
  if (request.method === 'HEAD') return void response.writeHead(200, { 'content-length': stored.bytes.length }).end();
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (range && Number(range[1]) >= stored.bytes.length) return void response.writeHead(416).end(errorXml('InvalidRange'));
  const bytes = range ? stored.bytes.subarray(Number(range[1]), Number(range[2]) + 1) : stored.bytes;
  response.writeHead(range ? 206 : 200, { 'content-length': bytes.length });
  if (!bucket.faults.breaksOff) return void response.end(bytes);
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}

function put(bucket: TestBucket, key: string, request: IncomingMessage, body: Buffer): [number, string] {
  const { plain, damages } = bucket.faults;
  const versions = bucket.objects.get(key) ?? [];
  if (!plain && request.headers['if-none-match'] === '*' && versions.length > 0) return [412, errorXml('PreconditionFailed')];
  const checksum = (request.headers['x-amz-checksum-sha256'] as string | undefined) ?? null;
  if (!plain && checksum !== createHash('sha256').update(body).digest('base64')) return [400, errorXml('BadDigest')];
  const bytes = damages ? Buffer.concat([body, Buffer.from('!')]) : body;
  const kept = damages ? createHash('sha256').update(bytes).digest('base64') : checksum;
  bucket.objects.set(key, [...(plain ? [] : versions), { id: `v${versions.length + 1}`, bytes, checksum: kept, headers: request.headers }]);
  return [200, ''];
}

function remove(bucket: TestBucket, key: string, url: URL, request: IncomingMessage): [number, string] {
  const versionId = url.searchParams.get('versionId');
  const versions = bucket.objects.get(key) ?? [];
  const locked = versions.some(({ headers }) => headers['x-amz-object-lock-mode'] !== undefined);
  if (locked && request.headers['x-amz-bypass-governance-retention'] !== 'true') return [403, errorXml('AccessDenied')];
  const left = versionId === null ? [] : versions.filter(({ id }) => id !== versionId);
  if (left.length === 0) bucket.objects.delete(key);
  else bucket.objects.set(key, left);
  return [204, ''];
}

async function answer(bucket: TestBucket, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  bucket.requests.push({ method: request.method as string, url: request.url as string, headers: request.headers });
  if (bucket.faults.stalls === request.method) return;
  if (bucket.faults.away) return void request.socket.destroy();
  if (bucket.faults.status !== undefined) return void response.writeHead(bucket.faults.status).end(errorXml('SlowDown'));
  if (!(await isSigned(request, url, body))) return void response.writeHead(403).end(errorXml('SignatureDoesNotMatch'));
  const [, name, ...rest] = url.pathname.split('/');
  const key = rest.join('/');
  if (name !== BUCKET) return void response.writeHead(404).end(errorXml('NoSuchBucket'));
  if (key === '') {
    const none = url.searchParams.has('versions') && bucket.faults.plain;
    return void response.writeHead(none ? 501 : 200).end(none ? errorXml('NotImplemented') : listXml(bucket, url));
  }
  if (request.method === 'GET' || request.method === 'HEAD') return get(bucket, key, request, response);
  const [status, text] = request.method === 'PUT' ? put(bucket, key, request, body) : remove(bucket, key, url, request);
  response.writeHead(status).end(text);
}

/** An S3-compatible store in memory on loopback, with versions, conditional writes, checksums and object lock, that checks every signature. */
export async function startTestBucket(): Promise<TestBucket> {
  const bucket = { objects: new Map(), faults: {}, requests: [] } as unknown as TestBucket;
  const server = createServer((request, response) => {
    answer(bucket, request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  bucket.options = { endpoint, region: 'vn-1', bucket: BUCKET, prefix: 'site/one', ...KEYS, pathStyle: true };
  bucket.close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return bucket;
}
