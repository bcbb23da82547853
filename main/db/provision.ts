import { Client } from 'pg';
import { AppError } from '../../shared/errors.ts';
import { databaseErrorCode } from './database-errors.ts';
import { describeConnectionFailure } from './open-database.ts';
import { createPassword, scramVerifier } from './scram-verifier.ts';

export interface ProvisionHomeInput {
  /** Superuser, or a login that may create roles and belongs to tenantkeep_owner. */
  ownerUrl: string;
  hostName: string;
  hostKind?: 'desktop' | 'service' | 'command';
  /** age recipient of the host. */
  hostPublicKey: string;
  /** The person's name; the login is derived from it. */
  technicianName: string;
  /** Distinguishes the logins of several homes on one server, such as a few characters of a random id. */
  suffix?: string;
}

export interface ProvisionedHome {
  hostUrl: string;
  hostLogin: string;
  hostId: string;
  technicianUrl: string;
  technicianLogin: string;
}

/**
 * Makes the two logins that a home works with, a host (its key approved at once) and a technician who
 * administers the workspace, and answers their URLs. Idempotent: the logins of an earlier call get new
 * passwords, so a lost URL is mended by calling again. Run `migrate` first.
 * Throws `host_key_differs` when the host login is already bound to another key.
 */
export async function provisionHome(input: ProvisionHomeInput): Promise<ProvisionedHome> {
  const client = new Client({
    connectionString: input.ownerUrl,
    application_name: 'tenantkeep/provision',
  });
  // A lost connection also rejects the statement that is under way; this listener keeps it from ending the process.
  let lost: Error | null = null;
  client.on('error', (error) => {
    lost = error;
  });
  try {
    await client.connect();
  } catch (error) {
    throw describeConnectionFailure(error);
  }
  const suffix = input.suffix === undefined ? '' : `_${slug(input.suffix)}`;
  const hostLogin = `host_${slug(input.hostName)}`.slice(0, 40) + suffix;
  const technicianLogin = `tech_${slug(input.technicianName)}`.slice(0, 40) + suffix;
  const hostPassword = createPassword();
  const technicianPassword = createPassword();
  try {
    await client.query('begin');
    await setLogin(client, hostLogin, 'tenantkeep_host', hostPassword);
    await setLogin(client, technicianLogin, 'tenantkeep_technician', technicianPassword);
    await dropVanishedHostsSoon(client, hostLogin);
    await client.query('set local role tenantkeep_owner');
    const hostId = await approveHost(client, hostLogin, input);
    await addAdministrator(client, technicianLogin, input.technicianName);
    await client.query('commit');
    if (lost !== null) throw lost;
    return {
      hostUrl: withLogin(input.ownerUrl, hostLogin, hostPassword),
      hostLogin,
      hostId,
      technicianUrl: withLogin(input.ownerUrl, technicianLogin, technicianPassword),
      technicianLogin,
    };
  } catch (error) {
    throw describeProvisionFailure(error);
  } finally {
    // An open transaction ends with the connection.
    await client.end();
  }
}

async function setLogin(client: Client, login: string, group: string, password: string): Promise<void> {
  const { rows } = await client.query('select 1 from pg_roles where rolname = $1', [login]);
  const verifier = client.escapeLiteral(scramVerifier(password));
  const name = client.escapeIdentifier(login);
  if (rows.length === 0) {
    await client.query(`create role ${name} login password ${verifier}`);
    await client.query(`grant ${group} to ${name}`);
    return;
  }
  const { rows: member } = await client.query(
    `select 1 from pg_auth_members where member = $1::regrole and roleid = $2::regrole`,
    [name, group],
  );
  if (member.length === 0) {
    throw new AppError('login_taken', `The database login ${login} exists and is not one of TenantKeep's.`, {
      nextStep: 'Choose another name, or remove that login.',
    });
  }
  await client.query(`alter role ${name} login password ${verifier}`);
}

/**
 * A host whose machine vanished must not keep row locks for the two hours that TCP would give it: with these
 * settings the server notices in about 15 s. Servers on systems without one of them say so (22023), and keep
 * that one's default.
 */
async function dropVanishedHostsSoon(client: Client, login: string): Promise<void> {
  for (const setting of [
    'tcp_keepalives_idle = 20',
    'tcp_keepalives_interval = 5',
    'tcp_keepalives_count = 3',
    `client_connection_check_interval = '5s'`,
    `idle_in_transaction_session_timeout = '60s'`,
  ]) {
    await client.query('savepoint setting');
    try {
      await client.query(`alter role ${client.escapeIdentifier(login)} set ${setting}`);
    } catch (error) {
      if (databaseErrorCode(error) !== '22023') throw error;
      await client.query('rollback to savepoint setting');
    }
  }
}

async function approveHost(client: Client, login: string, input: ProvisionHomeInput): Promise<string> {
  const { rows: known } = await client.query<{ id: string; publicKey: string; approved: boolean }>(
    `select id, public_key as "publicKey", approved_at is not null as approved
       from app.hosts where login = $1 and removed_at is null for no key update`,
    [login],
  );
  const host = known[0];
  if (host !== undefined && host.publicKey !== input.hostPublicKey) {
    throw new AppError('host_key_differs', `The host ${input.hostName} is registered with another key.`, {
      nextStep: 'Remove the old host first, or give this one another name.',
      details: { hostId: host.id },
    });
  }
  if (host?.approved) return host.id;
  const { rows } =
    host === undefined
      ? await client.query<{ id: string }>(
          `insert into app.hosts (login, name, kind, public_key, approved_at, approved_by)
           values ($1, $2, $3, $4, app.db_now(), session_user) returning id`,
          [login, input.hostName, input.hostKind ?? 'service', input.hostPublicKey],
        )
      : await client.query<{ id: string }>(
          `update app.hosts set approved_at = app.db_now(), approved_by = session_user where id = $1 returning id`,
          [host.id],
        );
  const hostId = rows[0]!.id;
  await client.query(
    `select app.audit_append(null, 'host.approved', 'host', $1, 'success', null, null,
                             jsonb_build_object('name', $2::text, 'login', $3::text, 'publicKey', $4::text))`,
    [hostId, input.hostName, login, input.hostPublicKey],
  );
  return hostId;
}

async function addAdministrator(client: Client, login: string, name: string): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    `insert into app.technicians (name, db_role, administrator) values ($1, $2, true)
     on conflict (db_role) do update set administrator = true, removed_at = null
       where not technicians.administrator or technicians.removed_at is not null
     returning id`,
    [name, login],
  );
  if (rows[0] === undefined) return;
  await client.query(
    `select app.audit_append(null, 'technician.added', 'technician', $1, 'success', null, null,
                             jsonb_build_object('name', $2::text, 'login', $3::text, 'administrator', true))`,
    [rows[0].id, name, login],
  );
}

function slug(text: string): string {
  const plain = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return plain === '' ? 'unnamed' : plain;
}

function withLogin(ownerUrl: string, login: string, password: string): string {
  const url = new URL(ownerUrl);
  url.username = login;
  url.password = password;
  return url.href;
}

function describeProvisionFailure(error: unknown): unknown {
  if ((error as { code?: unknown }).code !== '42501') return describeConnectionFailure(error);
  return new AppError('provision_rights_missing', 'This login may not create the logins of TenantKeep.', {
    nextStep: 'Use a superuser, or a login with CREATEROLE that belongs to tenantkeep_owner.',
    cause: error,
  });
}
