import { AppError, isAppError } from '../../shared/errors.ts';
import { databaseErrorCode } from '../db/database-errors.ts';
import type { Sql } from '../db/database.ts';
import { describeLogin, requireIsolatedLogin } from '../db/logins.ts';
import { openDatabase } from '../db/open-database.ts';
import { readMyself } from '../db/repositories/myself.ts';
import { requireCurrentSchema, type SchemaStatus, schemaStatus } from '../db/schema-status.ts';
import { type Connection, requireCertificateFiles } from './read-connection-file.ts';

/** Nobody waits longer for a server that answers nothing. */
const patienceMs = 10_000;

/** The person whom the server let in. */
export interface SignedInPerson {
  login: string;
  name: string;
  administrator: boolean;
}

/**
 * Signs in once and asks what the login is: a technician of a workspace whose schema fits this app. `url` is the
 * address that will be used, with login and password. Nothing that the server says is taken over but names.
 * Throws `database_login_refused`, `database_unreachable`, `sign_in_refused`, `database_login_too_strong`,
 * `schema_missing`, `schema_older`, `schema_newer`, `certificate_file_missing`, `database_answer_unusable`.
 */
export async function tryLogin(url: string, connection: Connection): Promise<SignedInPerson> {
  await requireCertificateFiles(url);
  try {
    const database = await openDatabase({
      url,
      applicationName: 'tenantkeep/sign-in',
      max: 1,
      connectTimeoutMs: patienceMs,
      queryTimeoutMs: patienceMs,
    });
    try {
      return await describePerson(database, connection);
    } finally {
      await database.close();
    }
  } catch (error) {
    throw describeRefusal(error, connection);
  }
}

async function describePerson(sql: Sql, connection: Connection): Promise<SignedInPerson> {
  const status: SchemaStatus = await schemaStatus(sql);
  // Before anything else of the schema is called.
  if (status.state === 'missing') requireCurrentSchema(status);
  const login = await describeLogin(sql);
  requireIsolatedLogin(login);
  if (!login.isTechnician) throw noTechnician(connection);
  requireCurrentSchema(status);
  const myself = await readMyself(sql);
  if (myself === null) throw noTechnician(connection);
  return { login: connection.login, name: myself.name, administrator: myself.administrator };
}

function noTechnician({ login, database, server }: Connection): AppError {
  return new AppError(
    'sign_in_refused',
    `The login ${login} is not, or no longer, a technician of ${database} on ${server}.`,
    { nextStep: 'Ask an administrator of the workspace for a new connection file.' },
  );
}

function describeRefusal(error: unknown, connection: Connection): AppError {
  const { login, server } = connection;
  if (isAppError(error)) {
    if (error.code === 'database_login_refused') {
      return new AppError(error.code, `${server} refuses the login ${login} or its password.`, {
        nextStep:
          'Ask an administrator for a new connection file; this one may have been replaced or removed.',
        cause: error,
      });
    }
    if (error.code === 'database_unreachable') {
      return new AppError(
        error.code,
        `${server} cannot be reached (${databaseErrorCode(error.cause) ?? 'no answer'}).`,
        {
          nextStep: /^(?:127\.|localhost:|\[::1\])/i.test(server)
            ? 'The file names the very computer that it is opened on: colleagues need a workspace on a shared server.'
            : 'Check the network or VPN of this computer and the TLS settings of the file, then try again.',
          cause: error,
        },
      );
    }
    return error;
  }
  const code = databaseErrorCode(error);
  // A login without any right on the database or on the schema in it.
  if (code === '42501') return noTechnician(connection);
  return new AppError(
    'database_answer_unusable',
    `${server} does not answer as a database of TenantKeep does${code === null ? '' : ` (${code})`}.`,
    { nextStep: 'Ask whoever sent the file whether it is the right one.', cause: error },
  );
}
