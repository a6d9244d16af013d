import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { temporaryDirectory } from '@safecity/platform/testing';

/** How the authority answers, when not as it should. */
export type Manner = (query: Buffer, response: ServerResponse) => void;

/** A time-stamping authority of openssl (`openssl ts`) on loopback, with a CA of its own. */
export interface TestAuthority {
  url: string;
  caFile: string;
  caPem: string;
  /** A right answer (TimeStampResp) to a query. */
  reply(query: Buffer): Buffer;
  /** A CMS message over the content of a token that no time-stamping tool would make, signed by the TSA or the CA itself. */
  forge(tstInfo: Uint8Array, signer: 'tsa' | 'ca'): Buffer;
  manner: Manner | null;
  queries: number;
  close(): Promise<void>;
}

export const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write('openssl is not there: tests of time stamps are skipped\n');
    return false;
  }
})();

const TSA = ['extendedKeyUsage=critical,timeStamping', 'keyUsage=critical,digitalSignature', 'basicConstraints=CA:FALSE'];

export async function startTestAuthority(name: string): Promise<TestAuthority> {
  const folder = temporaryDirectory(`tsa-${name}`);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder.path, stdio: ['ignore', 'ignore', 'ignore'] });
  const p256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const caFacts = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'].flatMap((fact) => ['-addext', fact]);
  openssl('req', '-x509', ...p256, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '30', '-subj', `/CN=CA ${name}`, ...caFacts);
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'tsa.key', '-out', 'tsa.csr', '-subj', `/CN=TSA ${name}`);
  writeFileSync(join(folder.path, 'facts'), `${TSA.join('\n')}\n`);
  openssl(
    'x509',
    '-req',
    '-in',
    'tsa.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    'tsa.pem',
    '-days',
    '30',
    '-extfile',
    'facts',
  );
  const settings = ['serial = serial', 'signer_cert = tsa.pem', 'certs = ca.pem', 'signer_key = tsa.key', 'signer_digest = sha256'];
  const more = ['default_policy = 1.2.3.4.1', 'digests = sha256', 'ess_cert_id_alg = sha256'];
  writeFileSync(join(folder.path, 'tsa.cnf'), ['[tsa]', 'default_tsa = t', '[t]', ...settings, ...more, ''].join('\n'));
  writeFileSync(join(folder.path, 'serial'), '01\n');
  const authority: TestAuthority = {
    ...{ url: '', caFile: join(folder.path, 'ca.pem'), caPem: readFileSync(join(folder.path, 'ca.pem'), 'utf8'), manner: null, queries: 0 },
    reply: (query) => {
      writeFileSync(join(folder.path, 'query'), query);
      openssl('ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query', '-out', 'reply');
      return readFileSync(join(folder.path, 'reply'));
    },
    forge: (tstInfo, signer) => {
      writeFileSync(join(folder.path, 'info'), tstInfo);
      const how = ['-binary', '-nodetach', '-nosmimecap', '-econtent_type', '1.2.840.113549.1.9.16.1.4', '-outform', 'DER'];
      openssl('cms', '-sign', ...how, '-signer', `${signer}.pem`, '-inkey', `${signer}.key`, '-in', 'info', '-out', 'forged');
      return readFileSync(join(folder.path, 'forged'));
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      folder.remove();
    },
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const query = Buffer.concat(chunks);
    authority.queries++;
    if (authority.manner) return authority.manner(query, response);
    response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(authority.reply(query));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  authority.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return authority;
}
