import type { Sql } from '../database.ts';

/** What any login may know of the server and of the protection of the schema. */

export interface DatabaseFacts {
  serverVersion: string;
  /** The database's own clock. */
  now: Date;
  /** Connections to this database, and how many the server takes in all. */
  openConnections: number;
  allowedConnections: number;
  /** Of the connection that asked; null: not encrypted. */
  tlsProtocol: string | null;
  tlsCipher: string | null;
}

export async function readDatabaseFacts(sql: Sql): Promise<DatabaseFacts> {
  const [row] = await sql.query<DatabaseFacts>(
    `select current_setting('server_version') as "serverVersion", app.db_now() as now,
            (select d.numbackends from pg_stat_database d where d.datname = current_database()) as "openConnections",
            current_setting('max_connections')::int as "allowedConnections",
            s.version as "tlsProtocol", s.cipher as "tlsCipher"
       from (select 1) one left join pg_stat_ssl s on s.pid = pg_backend_pid() and s.ssl`,
  );
  return row!;
}

export interface IsolationFacts {
  missingRoles: string[];
  /** Groups of ours that row security does not bind. */
  strongRoles: string[];
  tables: number;
  unprotectedTables: string[];
  /** Tables, views, sequences and functions in the schema that belong to the caller. */
  ownedObjects: number;
}

export async function readIsolationFacts(sql: Sql): Promise<IsolationFacts> {
  const [row] = await sql.query<IsolationFacts>(
    `select array(select wanted from unnest('{tenantkeep_owner,tenantkeep_host,tenantkeep_technician}'::text[]) wanted
                   where not exists (select 1 from pg_roles r where r.rolname = wanted)) as "missingRoles",
            array(select r.rolname::text from pg_roles r
                   where r.rolname in ('tenantkeep_owner', 'tenantkeep_host', 'tenantkeep_technician')
                     and (r.rolsuper or r.rolbypassrls)) as "strongRoles",
            (select count(*)::int from pg_class c
              where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p')) as tables,
            array(select c.relname::text from pg_class c
                   where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p')
                     and not (c.relrowsecurity and c.relforcerowsecurity) order by 1) as "unprotectedTables",
            (select count(*)::int from pg_class c join pg_roles r on r.oid = c.relowner
              where c.relnamespace = 'app'::regnamespace and r.rolname = session_user)
            + (select count(*)::int from pg_proc p join pg_roles r on r.oid = p.proowner
                where p.pronamespace = 'app'::regnamespace and r.rolname = session_user) as "ownedObjects"`,
  );
  return row!;
}
