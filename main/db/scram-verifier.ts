import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** A random password of 192 bits in characters that need no escaping in a URL. */
export function createPassword(): string {
  return randomBytes(24).toString('base64url');
}

/**
 * What PostgreSQL stores for a password (RFC 5803). Given to `create role … password`, it keeps the password
 * itself out of the server's log and statistics. The password must be ASCII, which spares SASLprep.
 */
export function scramVerifier(password: string): string {
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
