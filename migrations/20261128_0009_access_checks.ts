import { Migration } from '@mikro-orm/migrations';
import { changeFunctions, checkFunctions } from './20261128_0009_access_checks/functions.ts';
import { grants, rowPolicies, tables } from './20261128_0009_access_checks/tables.ts';
import { forceRowLevelSecurity } from './row-level-security.ts';

/**
 * Access checks that a screen asks for and a host carries out, credentials that are tried before they replace the
 * one in force, and what the Tenants page and the first-run wizard remember.
 */
export class Migration20261128_0009_access_checks extends Migration {
  override up(): void {
    for (const statement of [
      tables,
      ...['access_checks', 'credential_candidates'].flatMap(forceRowLevelSecurity),
      checkFunctions,
      changeFunctions,
      rowPolicies,
      grants,
    ]) {
      this.addSql(statement);
    }
  }
}
