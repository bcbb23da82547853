import type { Sql } from '../database.ts';

export interface ServerFacts {
  /** Version of the PostgreSQL server, such as `18.4`. */
  postgres: string;
  /** Version of the schema: the number of migrations. */
  schema: number;
  databaseNow: Date;
}

/** What support asks first about the database. */
export async function readServerFacts(sql: Sql): Promise<ServerFacts> {
  const [row] = await sql.query<ServerFacts>(
    `select current_setting('server_version') as postgres, m.schema_version as schema, app.db_now() as "databaseNow"
       from app.schema_meta m`,
  );
  return row!;
}
