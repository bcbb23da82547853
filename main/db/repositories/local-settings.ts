import type { Sql } from '../database.ts';
import type { ParameterList } from './audit-conditions.ts';

/**
 * Parameters for a statement that can have none, such as COPY: each value travels as a parameter of `set_config` and
 * is read back where the statement mentions it, so that it is never text of a statement. The settings are gone with the
 * transaction, and nothing else reads them.
 */
export class LocalSettings implements ParameterList {
  readonly #values: unknown[] = [];

  add(value: unknown, type: string): string {
    this.#values.push(value);
    // Read once a statement, for a subquery without outer columns is. The cast outside keeps `any (…)` an array's.
    return `(select pg_catalog.current_setting('${nameOf(this.#values.length)}')::${type})::${type}`;
  }

  /** To be called in the statement's transaction, before it. */
  async apply(tx: Sql): Promise<void> {
    if (this.#values.length === 0) return;
    const calls = this.#values.map(
      (_, index) => `pg_catalog.set_config('${nameOf(index + 1)}', $${index + 1}::text, true)`,
    );
    await tx.query(`select ${calls.join(', ')}`, this.#values);
  }
}

const nameOf = (number: number): string => `tenantkeep_parameter.p${number}`;
