/**
 * The narrow door to Postgres for hand-written statements. One pool per login; entities and list queries go
 * through the ORM, which uses the same pool (main/db/orm.ts).
 */

/** Runs statements; inside `transaction` all of them share one connection and one transaction. */
export interface Sql {
  /** Rows of one statement. `int8` and `numeric` arrive as text, `timestamptz` as Date, `jsonb` parsed. */
  query<Row extends object>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

export interface TransactionOptions {
  /** Milliseconds to wait for a row lock; default 2000. */
  lockTimeoutMs?: number;
  /** Milliseconds for one statement; default 20000. */
  statementTimeoutMs?: number;
  isolation?: 'read committed' | 'repeatable read';
  readOnly?: boolean;
}

export interface Database extends Sql {
  /**
   * Runs `work` in one transaction and commits; any throw rolls back. Timeouts are set with `set local`
   * (scheduling: section 4), so transaction-mode poolers are fine. Never make a network call inside.
   */
  transaction<T>(work: (tx: Sql) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Drops every connection without waiting (after sleep sockets may be half open) and starts afresh. */
  reset(): Promise<void>;
  close(): Promise<void>;
}
