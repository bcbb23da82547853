import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig, resolveHome } from '../main/config.ts';
import { graphLimits } from '../main/graph/graph-limits.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tenantkeep-config-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const read = (content: string, environment: Record<string, string> = {}) => {
  const home = resolveHome(directory, {});
  writeFileSync(home.configFile, content);
  return readConfig(home, environment);
};

describe('home', () => {
  it('is --home, else TENANTKEEP_HOME, else the usual place', () => {
    expect(resolveHome('/a', { TENANTKEEP_HOME: '/b' }).directory).toBe('/a');
    expect(resolveHome(undefined, { TENANTKEEP_HOME: '/b' }).directory).toBe('/b');
    expect(resolveHome(undefined, {}).directory).toContain('TenantKeep');
  });
});

describe('config.json', () => {
  it('is not needed', async () => {
    const config = await readConfig(resolveHome(directory, {}), {});
    expect(config).toMatchObject({ databaseUrl: null, databaseUrlSource: null, logLevel: 'info' });
  });

  it('is read, also with a byte order mark, and the environment wins', async () => {
    const content =
      '\ufeff{"databaseUrl": "postgres://db.example/tk", "logLevel": "debug", "hostName": "office"}';
    await expect(read(content)).resolves.toMatchObject({
      databaseUrl: 'postgres://db.example/tk',
      databaseUrlSource: 'config.json',
      hostName: 'office',
      logLevel: 'debug',
    });
    await expect(
      read(content, { TENANTKEEP_DATABASE_URL: 'postgres://me:secret@other/tk' }),
    ).resolves.toMatchObject({
      databaseUrl: 'postgres://me:secret@other/tk',
      databaseUrlSource: 'TENANTKEEP_DATABASE_URL',
    });
  });

  it('names the feed of updates, and whether it is asked unasked', async () => {
    expect((await read('{}')).updates).toEqual({ feedUrl: null, check: true });
    const updates = { feedUrl: 'https://mirror.example.com/tenantkeep', check: false };
    expect((await read(JSON.stringify({ updates }))).updates).toEqual(updates);
    for (const feedUrl of [
      'http://mirror.example.com',
      'https://me:pw@mirror.example.com',
      'https://m.example.com/?k=1',
    ]) {
      await expect(read(JSON.stringify({ updates: { feedUrl } }))).rejects.toMatchObject({
        code: 'config_invalid',
        message: expect.stringContaining('feedUrl is not an https:// address without a login and a query'),
      });
    }
    await expect(read('{"updates": {"url": "https://a.example"}}')).rejects.toMatchObject({
      code: 'config_invalid',
    });
  });

  it('changes the numbers of the Graph client that it names, and no others', async () => {
    const { graph } = await read(
      '{"graph": {"waitBudgetMs": 60000, "rates": {"conditionalAccess": {"limit": 1, "windowMs": 2000}}}}',
    );
    const { rates, ...others } = graphLimits(graph);
    const { rates: usualRates, ...usual } = graphLimits();
    expect(others).toEqual({ ...usual, waitBudgetMs: 60_000 });
    expect(rates).toEqual({ ...usualRates, conditionalAccess: { limit: 1, windowMs: 2000 } });
  });

  it.each([
    ['a comma too many', '{\n  "logLevel": "info",\n}', 3, 'not valid JSON'],
    ['an end too early', '{\n  "logLevel": "info"\n', 2, 'not valid JSON'],
    ['a word', '{\n\n  "logLevel": loud }', 3, 'not valid JSON'],
    ['a misspelt name', '{\n  "hostName": "a",\n  "loglevel": "info"\n}', 3, 'loglevel is not a setting'],
    ['a wrong value', '{\n  "logLevel": "loud"\n}', 2, 'logLevel'],
    ['a wrong kind', '[]', 1, 'object'],
    ['another kind of URL', '{\n  "databaseUrl": "mysql://x/y"\n}', 2, 'not a postgres:// URL'],
    [
      'a rate of none',
      '{\n  "graph": { "rates": { "intune": { "limit": 0, "windowMs": 1 } } }\n}',
      2,
      'graph',
    ],
    ['a misspelt limit', '{\n  "graph": { "batchSise": 3 }\n}', 2, 'batchSise'],
    ['a password', '{\n  "databaseUrl": "postgres://a:CANARY77@b/c"\n}', 2, 'holds a password'],
  ])('with %s is refused with file, line and what is wrong', async (_what, content, line, sentence) => {
    const error = (await read(content).then(
      () => null,
      (thrown: unknown) => thrown,
    )) as Error & { code: string; nextStep: string };
    expect(error).toMatchObject({ name: 'AppError', code: 'config_invalid' });
    expect(error.message).toContain(`config.json, line ${line}: `);
    expect(error.message).toContain(sentence);
    expect(error.message).not.toContain('CANARY77');
    expect(error.nextStep).toBeTruthy();
  });

  it('names the variable when its URL is wrong, without showing it', async () => {
    await expect(read('{}', { TENANTKEEP_DATABASE_URL: 'CANARY77' })).rejects.toThrow(
      /^TENANTKEEP_DATABASE_URL is not a postgres:\/\/ URL\.$/,
    );
  });
});
