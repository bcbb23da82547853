import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setDefaultCACertificates, getCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../main/clock.ts';
import { entryName, findFeed } from '../../main/updates/feed-place.ts';
import { readFeed } from '../../main/updates/read-feed.ts';
import { readReleaseEntry } from '../../main/updates/release-entry.ts';
import { releaseStamp } from '../../main/updates/release-stamp.ts';
import { entryText, type FeedServer, startFeedServer } from '../support/feed-server.ts';

let feed: FeedServer;
const before = getCACertificates('default');
beforeAll(async () => {
  feed = await startFeedServer();
  setDefaultCACertificates([...before, feed.caPem]);
});
afterAll(async () => {
  setDefaultCACertificates(before);
  await feed?.close();
});

const read = (name: string, timeoutMs?: number): Promise<string> =>
  readFeed({
    entry: new URL(name, feed.url),
    clock: systemClock,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });

describe('a feed', () => {
  it('answers the text of an entry', async () => {
    feed.put('good.yml', entryText());
    expect(readReleaseEntry(await read('good.yml'))).toEqual({
      version: '99.0.0',
      ...releaseStamp,
      stagingPercentage: null,
    });
  });

  it('has no such entry: says which', async () => {
    await expect(read('none.yml')).rejects.toMatchObject({
      code: 'feed_entry_missing',
      message: expect.stringContaining('has no none.yml'),
    });
  });

  it('fails: says with what', async () => {
    feed.put('broken.yml', (_request, response) => response.writeHead(500).end('stack trace'));
    await expect(read('broken.yml')).rejects.toMatchObject({
      code: 'feed_refused',
      message: expect.stringMatching(/answered 500\.$/),
    });
  });

  it.each([301, 302, 307, 308])(
    'redirects with %i: is not followed, and nobody else is asked',
    async (status) => {
      feed.put('elsewhere.yml', entryText());
      const other = await startFeedServer();
      try {
        other.put('elsewhere.yml', entryText());
        feed.put('moved.yml', (_request, response) =>
          response.writeHead(status, { location: `${other.url}elsewhere.yml` }).end(),
        );
        await expect(read('moved.yml')).rejects.toMatchObject({
          code: 'feed_refused',
          message: expect.stringContaining('redirects'),
        });
        expect(other.asked).toEqual([]);
      } finally {
        await other.close();
      }
    },
  );

  it('never ends: is given up at 256 KiB', async () => {
    let written = 0;
    feed.put('huge.yml', (_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed) {
          written += 1;
          if (!response.write('x'.repeat(65_536))) return void response.once('drain', more);
        }
      };
      more();
    });
    await expect(read('huge.yml')).rejects.toMatchObject({
      code: 'feed_too_large',
      message: expect.stringContaining('256 KiB'),
    });
    expect(written).toBeLessThan(200);
  });

  it('hangs, before or within its answer: is given up in time', async () => {
    feed.put('silent.yml', () => undefined);
    feed.put('slow.yml', (_request, response) => void response.writeHead(200).write('version: 1'));
    for (const name of ['silent.yml', 'slow.yml']) {
      await expect(read(name, 300)).rejects.toMatchObject({
        code: 'feed_unreachable',
        message: expect.stringMatching(/cannot be reached: no answer in time\.$/),
      });
    }
  });

  it('is not there, or has a certificate of nobody: cannot be reached', async () => {
    const gone = await startFeedServer();
    await expect(
      readFeed({ entry: new URL('latest.yml', gone.url), clock: systemClock }),
    ).rejects.toMatchObject({ code: 'feed_unreachable', message: expect.stringContaining('certificate') });
    await gone.close();
    await expect(
      readFeed({ entry: new URL('latest.yml', gone.url), clock: systemClock }),
    ).rejects.toMatchObject({ code: 'feed_unreachable', message: expect.stringContaining('ECONNREFUSED') });
  });
});

describe('an entry', () => {
  it.each([
    ['no YAML', 'version: [1', 'it is not valid YAML'],
    ['a page of HTML', '<html><body>Sign in</body></html>', 'it holds no values with names'],
    ['nothing', '', 'it holds no values with names'],
    ['no version', 'vendor: {}', 'version is missing or wrong'],
    ['a version that is none', entryText({ version: 'latest' }), 'version is missing or wrong'],
    ['no words of ours', entryText({ vendor: null }), 'vendor is missing or wrong'],
    ['a schema version of 0', entryText({ vendor: { schemaVersion: 0 } }), 'vendor.schemaVersion is missing'],
    ['half a level', entryText({ vendor: { engineLevel: 1.5 } }), 'vendor.engineLevel is missing or wrong'],
    ['a percentage in words', entryText({ stagingPercentage: 'some' }), 'stagingPercentage is missing'],
    ['a percentage over 100', entryText({ stagingPercentage: 101 }), 'stagingPercentage is missing or wrong'],
    [
      'aliases that grow without end',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
        .split('')
        .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[index]}`).join(',')}]`)
        .join('\n')}\n`,
      'it is not valid YAML',
    ],
  ])('with %s is malformed', (_what, text, problem) => {
    expect(readReleaseEntry(text)).toEqual({ malformed: expect.stringContaining(problem) });
  });

  it('may say a percentage', () => {
    expect(readReleaseEntry(entryText({ stagingPercentage: 12.5 }))).toMatchObject({
      stagingPercentage: 12.5,
    });
  });
});

describe('the place of a feed', () => {
  it.each([
    ['win32', 'x64', 'latest.yml'],
    ['win32', 'arm64', 'latest.yml'],
    ['darwin', 'arm64', 'latest-mac.yml'],
    ['linux', 'x64', 'latest-linux.yml'],
    ['linux', 'arm64', 'latest-linux-arm64.yml'],
  ] as const)('has for %s on %s the entry %s', (platform, processor, name) => {
    expect(entryName(platform, processor)).toBe(name);
  });

  it('is what config.json names, else what was packed with the program, else nowhere', async () => {
    const resources = mkdtempSync(join(tmpdir(), 'tenantkeep-resources-'));
    try {
      const file = join(resources, 'app-update.yml');
      await expect(findFeed(null, resources)).rejects.toMatchObject({ code: 'feed_not_configured' });
      await expect(findFeed(null, null)).rejects.toMatchObject({ code: 'feed_not_configured' });
      for (const url of ['https://tenantkeep.invalid/updates', 'http://updates.example.com', 'nonsense']) {
        writeFileSync(file, `provider: generic\nurl: ${url}\n`);
        await expect(findFeed(null, resources)).rejects.toMatchObject({ code: 'feed_not_configured' });
      }
      writeFileSync(file, 'provider: generic\nurl: https://updates.example.com/tenantkeep\n');
      expect((await findFeed(null, resources)).href).toBe('https://updates.example.com/tenantkeep/');
      expect((await findFeed('https://mirror.example.com', resources)).href).toBe(
        'https://mirror.example.com/',
      );
    } finally {
      rmSync(resources, { recursive: true });
    }
  });
});
