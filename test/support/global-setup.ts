import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../main/db/migrate.ts';
import { forgetfulSettings, startThrowAwayServer } from './throw-away-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Superuser URL of the server of this test run, without a database name at its end. */
    postgresUrl: string;
    /** A database with all migrations applied, from which each test file clones its own. */
    templateDatabase: string;
  }
}

/**
 * One real PostgreSQL server for a test run, in a directory of its own, so that runs started side by side do
 * not meet. TENANTKEEP_TEST_POSTGRES (URL of a superuser, any database) puts the tests on another server.
 * The settings without fsync are for this throw-away server only.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TENANTKEEP_TEST_POSTGRES;
  const server =
    given === undefined
      ? await startThrowAwayServer({
          ...forgetfulSettings,
          max_connections: 300,
          shared_buffers: '128MB',
          autovacuum: 'on',
        })
      : { url: given, remove: async () => {} };
  const template = `tenantkeep_template_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
  const onServer = async (statement: string): Promise<void> => {
    const client = new Client({ connectionString: server.url });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  try {
    await onServer(`create database ${template} template template0 encoding 'UTF8'`);
    await migrate(withDatabase(server.url, template));
    project.provide('postgresUrl', server.url);
    project.provide('templateDatabase', template);
  } catch (error) {
    await server.remove();
    throw error;
  }
  return async () => {
    if (given !== undefined) await onServer(`drop database if exists ${template} with (force)`);
    await server.remove();
  };
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
