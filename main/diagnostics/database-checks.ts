import { AppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { Sql } from '../db/database.ts';
import { describeLogin } from '../db/logins.ts';
import { appSchemaVersion, requireCurrentSchema, schemaStatus } from '../db/schema-status.ts';
import {
  type DatabaseFacts,
  readDatabaseFacts,
  readIsolationFacts,
} from '../db/repositories/database-facts.ts';
import type { Log } from '../engine/ports.ts';
import { type Check, type Finding, runCheck } from './check.ts';

const largestClockOffsetMs = 30_000;
const slowMs = 200;

/** Server, schema, clock, and whether tenant isolation holds for the login that asks. */
export async function examineDatabase(sql: Sql, parts: { clock: Clock; log: Log }): Promise<Check[]> {
  const { clock, log } = parts;
  return [
    await runCheck({ key: 'server', name: 'Database server' }, () => serverFinding(sql, clock), log),
    await runCheck(
      { key: 'schema', name: 'Schema' },
      async () => {
        const status = await schemaStatus(sql);
        requireCurrentSchema(status);
        return { state: 'ok', finding: `schema version ${status.schemaVersion}, the one this app writes` };
      },
      log,
    ),
    await runCheck({ key: 'clock', name: 'Clock' }, () => clockFinding(sql, clock), log),
    ...(await examineIsolation(sql, log)),
  ];
}

/** The checks on which tenant isolation rests. */
export async function examineIsolation(sql: Sql, log: Log): Promise<Check[]> {
  return [
    await runCheck({ key: 'login', name: 'Login' }, () => loginFinding(sql), log),
    await runCheck({ key: 'roles', name: 'Database roles' }, () => rolesFinding(sql), log),
    await runCheck({ key: 'row-security', name: 'Row security' }, () => rowSecurityFinding(sql), log),
  ];
}

/** The median of a few small statements: one alone may have waited for a connection. */
export async function measureLatency(
  sql: Sql,
  clock: Clock,
): Promise<{ latencyMs: number; facts: DatabaseFacts }> {
  const times: number[] = [];
  let facts: DatabaseFacts | null = null;
  for (let round = 0; round < 5; round += 1) {
    const askedMs = clock.monotonicMs();
    facts = await readDatabaseFacts(sql);
    times.push(clock.monotonicMs() - askedMs);
  }
  return { latencyMs: times.toSorted((a, b) => a - b)[2]!, facts: facts! };
}

async function serverFinding(sql: Sql, clock: Clock): Promise<Finding> {
  const { latencyMs, facts } = await measureLatency(sql, clock);
  const finding = `PostgreSQL ${facts.serverVersion}, ${latencyMs.toFixed(1)} ms away`;
  return latencyMs > slowMs
    ? {
        state: 'warning',
        finding,
        nextStep: 'Put the database nearer to the hosts, or look for what slows the network down.',
      }
    : { state: 'ok', finding };
}

async function clockFinding(sql: Sql, clock: Clock): Promise<Finding> {
  const sentMs = clock.wallMs();
  const { now } = await readDatabaseFacts(sql);
  const offsetMs = Math.round(now.getTime() - (sentMs + clock.wallMs()) / 2);
  const finding =
    Math.abs(offsetMs) < 1_000
      ? "within a second of the database's clock"
      : `${(Math.abs(offsetMs) / 1_000).toFixed(1)} s ${offsetMs > 0 ? 'behind' : 'ahead of'} the database's clock`;
  return Math.abs(offsetMs) > largestClockOffsetMs
    ? {
        state: 'warning',
        finding,
        nextStep: "Set this computer's clock. Slots are unaffected: the database's clock decides.",
      }
    : { state: 'ok', finding };
}

async function loginFinding(sql: Sql): Promise<Finding> {
  const login = await describeLogin(sql);
  const powers = [
    login.isSuperuser && 'is a superuser',
    login.bypassRls && 'bypasses row security',
    login.isOwner && 'belongs to tenantkeep_owner',
    (await readIsolationFacts(sql)).ownedObjects > 0 && 'owns tables or functions of TenantKeep',
  ].filter((power) => power !== false);
  if (powers.length > 0) {
    return {
      state: 'problem',
      finding: `${login.login} ${powers.join(', ')}: tenant isolation does not hold for it`,
      nextStep:
        'Leave the login out of the database URL, so that the logins of "tenantkeep migrate" or of "tenantkeep sign-in" are used.',
    };
  }
  return {
    state: 'ok',
    finding: `${login.login}${login.administrator ? ', administrator of the workspace' : ''}: no superuser, bypasses nothing, owns nothing`,
  };
}

async function rolesFinding(sql: Sql): Promise<Finding> {
  const { missingRoles, strongRoles } = await readIsolationFacts(sql);
  if (missingRoles.length > 0) {
    throw new AppError('roles_missing', `The database roles ${missingRoles.join(', ')} are missing.`, {
      nextStep: 'Run "tenantkeep migrate" with the URL of the database owner.',
    });
  }
  if (strongRoles.length > 0) {
    throw new AppError('roles_too_strong', `${strongRoles.join(', ')} stand above row security.`, {
      nextStep: 'Have the database administrator take SUPERUSER and BYPASSRLS from them.',
    });
  }
  return { state: 'ok', finding: 'owner, host and technician exist, none above row security' };
}

async function rowSecurityFinding(sql: Sql): Promise<Finding> {
  const { tables, unprotectedTables } = await readIsolationFacts(sql);
  if (unprotectedTables.length > 0) {
    throw new AppError('row_security_off', `Row security is not forced on ${unprotectedTables.join(', ')}.`, {
      nextStep:
        'Somebody changed the schema by hand. Have the database owner run "alter table app.<table> enable row level security, force row level security" for each, and look who did it.',
    });
  }
  return { state: 'ok', finding: `forced on all ${tables} tables` };
}

/** Schema versions that this app may write: exactly its own; a newer one is refused, an older one is migrated. */
export const writableSchemas = { from: appSchemaVersion, to: appSchemaVersion };
