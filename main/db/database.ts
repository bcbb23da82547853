import type { TakeRow } from './copy-out.ts';

/**
 * The narrow door to Postgres for hand-written statements. One pool per login; entities and list queries go
 * through the ORM, which uses the same pool (main/db/orm.ts).
 */

/** Runs statements; inside `transaction` all of them share one connection and one transaction. */
export interface Sql {
  /** Rows of one statement. `int8` and `numeric` arrive as text, `timestamptz` as Date, `jsonb` parsed. */
  query<Row extends object>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** Statements that only make sense inside a transaction come on top. */
export interface Transaction extends Sql {
  /**
   * Runs `COPY … TO STDOUT` and hands over its rows one by one, never faster than `take` takes them
   * (main/db/copy-out.ts). Throws what `take` throws, and the signal's reason as soon as it is aborted.
   */
  copyOut(text: string, take: TakeRow, signal?: AbortSignal): Promise<void>;
}

export interface TransactionOptions {
  /** Milliseconds to wait for a row lock; default 2000. */
  lockTimeoutMs?: number;
  /** Milliseconds for one statement; default 20000; 0: as long as it takes. */
  statementTimeoutMs?: number;
  isolation?: 'read committed' | 'repeatable read';
  readOnly?: boolean;
}

export interface Database extends Sql {
  /**
   * Runs `work` in one transaction and commits; any throw rolls back. Timeouts are set with `set local`
   * (scheduling: section 4), so transaction-mode poolers are fine. Never make a network call inside.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Drops every connection without waiting (after sleep sockets may be half open) and starts afresh. */
  reset(): Promise<void>;
  close(): Promise<void>;
}
