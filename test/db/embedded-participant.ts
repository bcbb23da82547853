/**
 * A process that takes part in the embedded server of a home; started by embedded-server.test.ts. Says what
 * happened as JSON lines, and leaves when its standard input ends.
 */
import { once } from 'node:events';
import { createFileSecretStore } from '../../main/credentials/secret-store.ts';
import { joinEmbeddedServer } from '../../main/db/embedded-server.ts';
import { isAppError } from '../../shared/errors.ts';

const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);
const home = process.argv[2]!;
try {
  const server = await joinEmbeddedServer({ home, passwords: createFileSecretStore(`${home}/secrets`) });
  say({ joined: true, port: server.port, startedHere: server.startedHere, ownerUrl: server.ownerUrl });
  process.stdin.resume();
  await once(process.stdin, 'end');
  await server.leave();
  say({ left: true });
} catch (error) {
  say({ failed: isAppError(error) ? error.code : String(error) });
  process.exit(1);
}
