import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeTenant } from '../../main/credentials/connect-tenant.ts';
import { enterDatabase, openTechnicianDatabase, openWorkspace } from '../../main/composition.ts';
import type { Database } from '../../main/db/database.ts';
import { addSchedule } from '../../main/engine/change-schedule.ts';
import { openConsole } from '../../main/open-console.ts';

export interface DesktopHome {
  directory: string;
  /** The person's own connection, for looking at rows. */
  database: Database;
  tenantId: string;
  scheduleId: string;
  addSchedule(name: string, minutesUntilSlot: number): Promise<string>;
  /** A call as a page of the loopback console makes it, over HTTP, as the same person. */
  callOverHttp(name: unknown, input: unknown): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * A home with its embedded database, one tenant and one schedule. The tenant's Graph takes connections and never
 * answers, so that a run stays active for as long as a test needs it.
 */
export async function createDesktopHome(): Promise<DesktopHome> {
  const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-desktop-'));
  const undo: (() => Promise<unknown> | void)[] = [() => rm(directory, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const step of undo.toReversed()) await step();
  };
  try {
    const silence = await startSilentServer();
    undo.push(() => silence.close());
    const workspace = await openWorkspace({ home: directory, logName: 'test' });
    undo.push(() => workspace.log.close());
    const access = await enterDatabase(workspace);
    undo.push(() => access.leave());
    const database = await openTechnicianDatabase(access, workspace.log);
    undo.push(() => database.close());
    const tenantId = await storeTenant(database, {
      name: 'Contoso <b>GmbH</b>',
      tenantGuid: randomUUID(),
      clientId: randomUUID(),
      cloud: 'custom',
      customCloud: { graphUrl: silence.url, loginUrl: silence.url, ca: null },
      credential: { kind: 'secret', secret: 'never-asked-for' },
      expiresAt: null,
    });
    const add = (name: string, minutesUntilSlot: number): Promise<string> =>
      addSchedule(database, {
        tenantId,
        name,
        cadence: {
          kind: 'everyMinutes',
          minutes: 1440,
          anchorUtc: new Date(wholeMinute(Date.now()) + minutesUntilSlot * 60_000).toISOString(),
        },
        timeZone: 'UTC',
        spec: { policyTypes: 'core', retention: { keepLast: 5 } },
      });
    const scheduleId = await add('nightly', 720);
    let signedIn: Promise<{ address: URL; cookie: string }> | null = null;
    const signIn = async (): Promise<{ address: URL; cookie: string }> => {
      const opened = await openConsole(workspace, access, { port: 0, rendererDirectory: directory });
      undo.push(() => opened.close());
      const answer = await fetch(opened.link, { redirect: 'manual' });
      return {
        address: new URL('/api', opened.link),
        cookie: answer.headers.get('set-cookie')!.split(';')[0]!,
      };
    };
    const callOverHttp = async (name: unknown, input: unknown): Promise<unknown> => {
      const { address, cookie } = await (signedIn ??= signIn());
      const answer = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie, origin: address.origin },
        body: JSON.stringify({ name, input }),
      });
      return await answer.json();
    };
    return { directory, database, tenantId, scheduleId, addSchedule: add, callOverHttp, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const wholeMinute = (ms: number): number => Math.floor(ms / 60_000) * 60_000;

async function startSilentServer(): Promise<{ url: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
