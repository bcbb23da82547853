import { Pool } from 'pg';
import type { QueryResultRow } from 'pg';
import { AppError, errorText } from '../../shared/errors.ts';
import { systemClock } from '../clock.ts';
import type { Log } from '../engine/ports.ts';
import { copyOut } from './copy-out.ts';
import type { Database, Transaction, TransactionOptions } from './database.ts';
import { databaseErrorCode, isConnectionLoss, isTransientDatabaseError } from './database-errors.ts';

export interface OpenDatabaseOptions {
  /** postgres://login:password@host:port/database; never logged. */
  url: string;
  /** Shown in pg_stat_activity, such as `tenantkeep/<instance>`. */
  applicationName: string;
  /** Connections at most; four for a host. */
  max?: number;
  log?: Log;
  /**
   * How long a caller waits for a connection, its turn in the pool included; default 5,000. A pool that many
   * readers share needs more: behind a burst of work on a busy machine the turn comes late, which is no fault.
   */
  connectTimeoutMs?: number;
  /** How long a statement may go without its answer before its connection is cut; default: no bound here. */
  queryTimeoutMs?: number;
}

/** A `Database` with its pool, which the ORM may share (main/db/orm.ts). */
export interface PooledDatabase extends Database {
  /** The pool of now; `reset` replaces it. */
  pool(): Pool;
}

/**
 * Opens a pool for one login and proves that it works: connects, and compares `session_user` with the login in
 * the url, because all isolation rests on it (a pooler that forces a user would break it).
 * Throws `database_unreachable`, `database_login_refused`, `database_login_differs`.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<PooledDatabase> {
  const database = createPooledDatabase(options);
  try {
    const [row] = await database.query<{ login: string }>('select session_user::text as login');
    const configured = decodeURIComponent(new URL(options.url).username);
    if (row!.login !== configured) {
      throw new AppError(
        'database_login_differs',
        `The database server signs this app in as ${row!.login}, but the configured login is ${configured}.`,
        { nextStep: 'Remove the forced user of the connection pooler, or configure the right login.' },
      );
    }
    return database;
  } catch (error) {
    await database.close();
    throw describeConnectionFailure(error);
  }
}

function createPooledDatabase(options: OpenDatabaseOptions): PooledDatabase {
  const openPool = (): Pool => {
    const pool = new Pool({
      connectionString: options.url,
      application_name: options.applicationName,
      max: options.max ?? 4,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
      ...(options.queryTimeoutMs === undefined ? {} : { query_timeout: options.queryTimeoutMs }),
      idleTimeoutMillis: 60_000,
      allowExitOnIdle: false,
    });
    // Without these two listeners a restart of the server ends our process: `pg` emits errors of idle clients
    // on the pool and errors of checked-out clients on the client.
    pool.on('error', (error) => noteLostConnection(options.log, error));
    pool.on('connect', (client) => {
      client.on('error', (error) => noteLostConnection(options.log, error));
    });
    return pool;
  };
  let pool = openPool();
  let closed = false;
  return {
    pool: () => pool,
    query: async <Row extends object>(text: string, parameters?: readonly unknown[]) => {
      const result = await pool.query<Row & QueryResultRow>(text, parameters as unknown[] | undefined);
      return result.rows;
    },
    transaction: async (work, transactionOptions) => runTransaction(pool, work, transactionOptions ?? {}),
    reset: async () => {
      const old = pool;
      pool = openPool();
      await abandon(old, options.log);
    },
    close: async () => {
      if (closed) return;
      closed = true;
      await pool.end();
    },
  };
}

async function runTransaction<T>(
  pool: Pool,
  work: (tx: Transaction) => Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const mode = `${options.isolation === 'repeatable read' ? ' isolation level repeatable read' : ''}${options.readOnly ? ' read only' : ''}`;
    // One round trip; `set local` ends with the transaction, so a pooler in transaction mode is fine.
    await client.query(
      `begin${mode}; set local lock_timeout = ${milliseconds(options.lockTimeoutMs ?? 2_000)}; ` +
        `set local statement_timeout = ${milliseconds(options.statementTimeoutMs ?? 20_000)}; ` +
        `set local idle_in_transaction_session_timeout = 15000`,
    );
    const tx: Transaction = {
      query: async <Row extends object>(text: string, parameters?: readonly unknown[]) => {
        const result = await client.query<Row & QueryResultRow>(text, parameters as unknown[] | undefined);
        return result.rows;
      },
      copyOut: (text, take, signal) => copyOut(client, text, take, signal),
    };
    const answer = await work(tx);
    await client.query('commit');
    return answer;
  } catch (error) {
    try {
      await client.query('rollback');
    } catch (rollbackError) {
      // The connection is gone, and its transaction with it; the first error tells why.
      broken = rollbackError instanceof Error ? rollbackError : new Error(String(rollbackError));
    }
    throw error;
  } finally {
    client.release(broken);
  }
}

function milliseconds(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`Not milliseconds: ${value}`);
  return value;
}

/** Ends a pool whose sockets may be half open: their connections are cut, nothing is waited for. */
async function abandon(pool: Pool, log: Log | undefined): Promise<void> {
  // `end` waits for checked-out clients, whose holders see the cut connection and give them back.
  const clients = (pool as unknown as { _clients: { connection?: { stream?: { destroy(): void } } }[] })
    ._clients;
  for (const client of clients) client.connection?.stream?.destroy();
  void pool.end().catch((error: unknown) => noteLostConnection(log, error));
}

function noteLostConnection(log: Log | undefined, error: unknown): void {
  log?.warn(
    { code: databaseErrorCode(error) ?? 'unknown' },
    `A database connection was lost: ${errorText(error)}`,
  );
}

/** Turns a failed connection into the sentence that a person can act on; other errors pass through. */
export function describeConnectionFailure(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = databaseErrorCode(error);
  if (code === '28P01' || code === '28000') {
    return new AppError('database_login_refused', 'The database server refused the login or its password.', {
      nextStep:
        'Sign in with a new connection file of an administrator ("tenantkeep sign-in FILE"), or correct the login in the database URL.',
      cause: error,
    });
  }
  if (code === '3D000') {
    return new AppError('database_unknown', 'The database named in the URL does not exist on that server.', {
      nextStep: 'Correct the name, or create the database.',
      cause: error,
    });
  }
  if (code === '53300') {
    return new AppError(
      'database_connections_exhausted',
      'The database server accepts no more connections.',
      {
        nextStep: 'Close other programs that use it, or raise its max_connections.',
        cause: error,
      },
    );
  }
  if (isConnectionLoss(error) || /SSL|certificate|self.signed/i.test(errorText(error))) {
    return new AppError(
      'database_unreachable',
      `The database server cannot be reached (${code ?? errorText(error)}).`,
      {
        nextStep:
          'Check that the server runs and that host, port and TLS settings of the database URL are right.',
        cause: error,
      },
    );
  }
  return error;
}

/**
 * Repeats `work` while it fails for passing reasons (connection loss, shutdown, serialization, deadlock, lock
 * timeout), with pauses growing from 0.2 to 2 s. Only for work that may be done twice: after a lost connection
 * the fate of a commit is unknown.
 */
export async function retryTransient<T>(
  work: () => Promise<T>,
  options: { attempts?: number; signal?: AbortSignal } = {},
): Promise<T> {
  const attempts = options.attempts ?? 6;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= attempts || !isTransientDatabaseError(error)) throw error;
      // The spread keeps hosts that lost the same server from coming back in one instant.
      const pause = Math.min(2_000, 200 * 2 ** (attempt - 1)) * (0.75 + Math.random() / 2);
      await systemClock.sleep(pause, options.signal);
    }
  }
}
