import { Migration } from '@mikro-orm/migrations';
import { callerFunctions, everyTenant } from './20261128_0011_isolation/caller.ts';
import {
  credentialFunctions,
  credentialGrants,
  credentialTables,
} from './20261128_0011_isolation/credentials.ts';
import { mendedFunctions } from './20261128_0011_isolation/reports.ts';

/** What a second look as an attacker, and with a stop-watch, asked for. */
export class Migration20261128_0011_isolation extends Migration {
  override up(): void {
    for (const statement of [
      callerFunctions,
      everyTenant,
      mendedFunctions,
      credentialTables,
      credentialFunctions,
      credentialGrants,
    ]) {
      this.addSql(statement);
    }
  }
}
