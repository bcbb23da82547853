import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWorkspace, type Workspace } from '../../main/composition.ts';
import type { DatabaseAccess } from '../../main/database-access.ts';
import { openConsole, type OpenedConsole } from '../../main/open-console.ts';
import { createTestDatabase, type TestDatabase, type TestHost } from '../support/database.ts';

let database: TestDatabase;
let host: TestHost;
let home: string;
let workspace: Workspace;
let opened: OpenedConsole;

beforeAll(async () => {
  database = await createTestDatabase();
  host = await database.asHost();
  home = await mkdtemp(join(tmpdir(), 'tenantkeep-console-'));
  workspace = await openWorkspace({ home, logName: 'console' });
  const access: DatabaseAccess = {
    kind: 'shared',
    location: 'the test server',
    urlFor: () => Promise.resolve(host.url),
    leave: () => Promise.resolve(),
  };
  opened = await openConsole(workspace, access, { port: 0, rendererDirectory: home });
});
afterAll(async () => {
  await opened?.close();
  workspace?.log.close();
  await database?.close();
  await rm(home, { recursive: true, force: true });
});

it("refuses a host's login, and leaves no connection of it behind", async () => {
  const { origin } = new URL(opened.link);
  const { username, password } = new URL(host.url);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const answer = await fetch(`${origin}/sign-in`, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: JSON.stringify({ login: username, password }),
    });
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain('is not a technician of this workspace');
  }
  await expect
    .poll(() =>
      database.superuser.query(
        `select pid from pg_stat_activity where datname = current_database() and application_name = 'tenantkeep/console'`,
      ),
    )
    .toEqual([]);
});
