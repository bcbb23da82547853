import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHeadsWebhook, readWebhookState } from '../../main/audit/heads-webhook.ts';
import type { SavedHead } from '../../main/audit/verify-chain.ts';
import { systemClock } from '../../main/clock.ts';
import { createCertificateAuthority } from '../../main/simulator/certificate-authority.ts';
import { silentLog } from '../support/silent-log.ts';

/** A receiver over real HTTPS that answers as it is told. */
const directory = mkdtempSync(join(tmpdir(), 'tenantkeep-webhook-'));
const authority = createCertificateAuthority(systemClock.wallMs());
const key = 'a long random text for tests';
const keyFile = join(directory, 'key');
const stateFile = join(directory, 'audit-webhook.json');
let server: Server;
let agent: Agent;
let answer = 204;
let taken: { headers: Record<string, unknown>; body: string }[] = [];
const warnings: object[] = [];

beforeAll(async () => {
  writeFileSync(keyFile, `${key}\n`);
  const { certificatePem, privateKeyPem } = authority.issueServer();
  server = createServer({ cert: certificatePem, key: privateKeyPem }, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      taken.push({ headers: request.headers, body });
      response.writeHead(answer, answer === 302 ? { location: 'https://elsewhere.example/' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  agent = new Agent({ connect: { ca: authority.caPem } });
});
beforeEach(() => {
  answer = 204;
  taken = [];
  warnings.length = 0;
  rmSync(stateFile, { force: true });
});
afterAll(async () => {
  await agent.close();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

const webhook = (url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/heads`, file = keyFile) =>
  createHeadsWebhook({
    url,
    keyFile: file,
    stateFile,
    source: { database: 'db.example:5432/tk', host: 'OFFICE-1' },
    clock: systemClock,
    log: { ...silentLog, warn: (fields) => warnings.push(fields) },
    dispatcher: agent,
  });
const head = (sequence: string): SavedHead => ({
  tenantId: null,
  sequence,
  hash: 'ab'.repeat(32),
  savedAt: '2026-11-28T12:00:00.000Z',
  keptIn: 'this home',
});

describe('the webhook for the ends of the audit chains', () => {
  it('sends them signed, once for each change', async () => {
    const sender = webhook();
    await sender.send([head('7')], []);
    await sender.send([head('7')], []);
    await webhook().send([head('7')], []);
    await sender.send([head('8')], ['11111111-1111-4111-8111-111111111111']);
    expect(taken.map(({ body }) => JSON.parse(body))).toEqual([
      {
        format: 'tenantkeep-audit-heads-1',
        database: 'db.example:5432/tk',
        host: 'OFFICE-1',
        heads: [{ tenantId: null, sequence: '7', hash: 'ab'.repeat(32) }],
        rewritten: [],
      },
      expect.objectContaining({ rewritten: ['11111111-1111-4111-8111-111111111111'] }),
    ]);
    for (const { headers, body } of taken) {
      const stamp = String(headers['x-tenantkeep-timestamp']);
      expect(headers['x-tenantkeep-signature']).toBe(
        `sha256=${createHmac('sha256', key).update(`${stamp}.${body}`).digest('hex')}`,
      );
    }
  });

  it('notes what was not taken, and sends it again until it is', async () => {
    answer = 503;
    await webhook().send([head('7')], []);
    await webhook().send([head('7')], []);
    expect((await readWebhookState(stateFile)).failure).toMatchObject({
      tries: 2,
      reason: 'the receiver answered 503',
    });
    expect(warnings).toHaveLength(2);
    answer = 200;
    await webhook().send([head('7')], []);
    expect(await readWebhookState(stateFile)).toMatchObject({ failure: null, takenAt: expect.any(String) });
    await webhook().send([head('7')], []);
    expect(taken).toHaveLength(3);
  });

  it.each([
    ['a redirect', () => ((answer = 302), webhook()), 'the receiver answered 302'],
    ['a receiver that is not there', () => webhook('https://127.0.0.1:1/'), 'ECONNREFUSED'],
    ['a key file that is missing', () => webhook(undefined, join(directory, 'none')), 'cannot be read'],
  ])('says so for %s, and throws nothing', async (_what, make, reason) => {
    await make().send([head('7')], []);
    const { failure } = await readWebhookState(stateFile);
    expect(failure!.reason).toContain(reason);
    expect(readFileSync(stateFile, 'utf8') + JSON.stringify(warnings)).not.toContain(key);
  });
});
