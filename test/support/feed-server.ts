import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entryName } from '../../main/updates/feed-place.ts';
import { releaseStamp } from '../../main/updates/release-stamp.ts';
import { createCertificateAuthority } from '../../main/simulator/certificate-authority.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An update feed on this computer, over https with an authority of its own. */
export interface FeedServer {
  /** The folder of the feed, ending in a slash. */
  url: string;
  /** For `NODE_EXTRA_CA_CERTS` of a process that shall trust it. */
  caFile: string;
  caPem: string;
  /** Paths that were asked for, with their query, oldest first. */
  asked: string[];
  /** Answers a file of the folder from now on; a text or bytes are answered with 200. */
  put(name: string, content: string | Buffer | Answer): void;
  /** The entry for this kind of computer. */
  putEntry(content: string | Answer): void;
  close(): Promise<void>;
}

export async function startFeedServer(): Promise<FeedServer> {
  const authority = createCertificateAuthority(Date.now());
  const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-feed-'));
  const caFile = join(directory, 'ca.pem');
  await writeFile(caFile, authority.caPem);
  const { certificatePem, privateKeyPem } = authority.issueServer();
  const files = new Map<string, string | Buffer | Answer>();
  const asked: string[] = [];
  const server = createServer({ cert: certificatePem, key: privateKeyPem }, (request, response) => {
    asked.push(request.url!);
    const found = files.get(new URL(request.url!, 'https://localhost').pathname);
    if (found === undefined) response.writeHead(404).end('no such file');
    else if (typeof found === 'function') found(request, response);
    else response.writeHead(200, { 'content-length': Buffer.byteLength(found) }).end(found);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const put = (name: string, content: string | Buffer | Answer): void => {
    files.set(`/tenantkeep/${name}`, content);
  };
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}/tenantkeep/`,
    caFile,
    caPem: authority.caPem,
    asked,
    put,
    putEntry: (content) => put(entryName(process.platform, process.arch), content),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** An entry as electron-builder writes it, for a release that is newer than this app unless it says otherwise. */
export function entryText(
  values: {
    version?: string;
    vendor?: Partial<Record<keyof typeof releaseStamp, number>> | null;
    stagingPercentage?: number | string;
    file?: { name: string; sha512: string; size: number };
  } = {},
): string {
  const { version = '99.0.0', vendor = {}, stagingPercentage, file } = values;
  const { name, sha512, size } = file ?? { name: `TenantKeep-${version}.AppImage`, sha512: 'AAAA', size: 4 };
  const stamp = { ...releaseStamp, ...vendor };
  return [
    `version: ${version}`,
    'files:',
    `  - url: ${name}`,
    `    sha512: ${sha512}`,
    `    size: ${size}`,
    `path: ${name}`,
    `sha512: ${sha512}`,
    ...(vendor === null
      ? []
      : ['vendor:', ...Object.entries(stamp).map(([key, value]) => `  ${key}: ${value}`)]),
    ...(stagingPercentage === undefined ? [] : [`stagingPercentage: ${stagingPercentage}`]),
    "releaseDate: '2026-11-30T12:00:00.000Z'",
    '',
  ].join('\n');
}
