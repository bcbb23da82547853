/**
 * Writes a log or an export where the disk is full. Started under a limit on the size of files, with its job as
 * the first argument; prints one line of JSON.
 */
import { join } from 'node:path';
import { exportAudit } from '../../../main/audit/export-audit.ts';
import { openDatabase } from '../../../main/db/open-database.ts';
import { createLog } from '../../../main/logging/log.ts';
import { isAppError } from '../../../shared/errors.ts';

const [job, directory, url] = process.argv.slice(2) as [string, string, string];
let unhandled = 0;
process.on('unhandledRejection', () => (unhandled += 1));

if (job === 'log') {
  const log = await createLog({ level: 'info', file: join(directory, 'service.log') });
  for (let line = 0; line < 4_000; line += 1)
    log.info({ line }, 'A line that the disk may not take any more.');
  log.close();
  process.stdout.write(JSON.stringify({ wentOn: true, unhandled }));
} else {
  const database = await openDatabase({ url, applicationName: 'tenantkeep/full-disk', max: 1 });
  let code = 'none';
  try {
    await exportAudit(database, join(directory, 'audit.csv'), {
      filter: { scope: { allTenants: true } },
      format: 'csv',
      delimiter: 'comma',
      appVersion: '0.0.0-torture',
    });
  } catch (error) {
    code = isAppError(error) ? error.code : String(error);
  }
  await database.close();
  process.stdout.write(JSON.stringify({ code, unhandled }));
}
