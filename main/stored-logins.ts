/**
 * The database logins that a home keeps in its secret store: two of its own for each database, made by
 * `tenantkeep migrate`, and the login of the person who signed in there with a connection file.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../shared/errors.ts';
import type { SecretStore } from './credentials/secret-store.ts';

export interface DatabaseLogin {
  login: string;
  password: string;
}

const loginSchema = z.strictObject({ login: z.string(), password: z.string() });

const homeLoginsSchema = z.strictObject({ host: loginSchema, technician: loginSchema });
/** What `migrate` made for this computer. */
export type HomeLogins = z.infer<typeof homeLoginsSchema>;

const personLoginSchema = loginSchema.extend({
  /**
   * What config.json named before this sign-in put its own database there, null for nothing; absent where it named
   * this database already. Signing out puts it back.
   */
  databaseUrlBefore: z.string().nullable().optional(),
});
/** Who signed in with a connection file. */
export type PersonLogin = z.infer<typeof personLoginSchema>;

/** Under which name the logins of the embedded database are kept. */
export const embeddedName = 'database-logins-embedded';

/** Under which name the logins for a shared database are kept. */
export function sharedName(url: string): string {
  return `database-logins-${placeHash(url)}`;
}

function personName(url: string): string {
  return `person-login-${placeHash(url)}`;
}

function placeHash(url: string): string {
  return createHash('sha256').update(locationOf(url)).digest('hex').slice(0, 16);
}

/** Server, port and database of a URL: what people may read, and what its logins are kept by. */
export function locationOf(url: string): string {
  const parsed = new URL(url);
  return `${parsed.hostname}:${parsed.port === '' ? '5432' : parsed.port}${parsed.pathname}`;
}

/** The logins of this computer under a name, or null. Throws `secret_store_damaged`. */
export async function readHomeLogins(secrets: SecretStore, name: string): Promise<HomeLogins | null> {
  return readStored(secrets, name, homeLoginsSchema, 'run "tenantkeep migrate" again');
}

/** The login of the person who signed in to the database of a URL, or null. Throws `secret_store_damaged`. */
export async function readPersonLogin(secrets: SecretStore, url: string): Promise<PersonLogin | null> {
  return readStored(secrets, personName(url), personLoginSchema, 'sign in with the connection file again');
}

export async function writePersonLogin(secrets: SecretStore, url: string, login: PersonLogin): Promise<void> {
  await secrets.write(personName(url), JSON.stringify(login));
}

export async function removePersonLogin(secrets: SecretStore, url: string): Promise<void> {
  await secrets.remove(personName(url));
}

async function readStored<Value>(
  secrets: SecretStore,
  name: string,
  schema: z.ZodType<Value>,
  remedy: string,
): Promise<Value | null> {
  const text = await secrets.read(name);
  if (text === null) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    // The parser's error is not kept as the cause: it could quote a password.
    throw new AppError('secret_store_damaged', `The stored database logins (${name}) cannot be read.`, {
      nextStep: `Remove that file from the secrets directory and ${remedy}.`,
      details: { kind: error instanceof Error ? error.name : 'unknown' },
    });
  }
}

/** The login in a URL. */
export function loginOf(url: string): DatabaseLogin {
  const parsed = new URL(url);
  return { login: decodeURIComponent(parsed.username), password: decodeURIComponent(parsed.password) };
}

/** The URL with a login in it: never log it. */
export function withLogin(url: string, login: DatabaseLogin): string {
  const parsed = new URL(url);
  parsed.username = encodeURIComponent(login.login);
  parsed.password = encodeURIComponent(login.password);
  return parsed.href;
}

/** The URL without login and password. */
export function withoutLogin(url: string): string {
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
