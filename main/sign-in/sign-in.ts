/**
 * Signing in with a connection file, for the command and the desktop alike: the login goes into the secret store of
 * the home, the address of its database into config.json.
 *
 * Anybody can write such a file and send it. One from a stranger could lead this computer to a server of theirs,
 * which would get a login of its own making and nothing else: what is here stays here, and nothing is ever sent to
 * a database but what a person does there afterwards. So nobody is signed in before a person has seen the name of
 * the server and agreed.
 */
import { AppError, isAppError } from '../../shared/errors.ts';
import { type Home, readConfig, readConfigFile } from '../config.ts';
import type { SecretStore } from '../credentials/secret-store.ts';
import { keptPort } from '../db/server-place.ts';
import {
  embeddedName,
  locationOf,
  loginOf,
  type PersonLogin,
  readHomeLogins,
  readPersonLogin,
  removePersonLogin,
  sharedName,
  withLogin,
  withoutLogin,
  writePersonLogin,
} from '../stored-logins.ts';
import { writeDatabaseUrl } from '../write-config.ts';
import type { Connection } from './read-connection-file.ts';
import { type SignedInPerson, tryLogin } from './try-login.ts';

/** The installation that somebody signs in to. */
export interface SignInPlace {
  home: Home;
  secrets: SecretStore;
}

/** What a home works with: the database of config.json, else the embedded one, which may not be there yet. */
export type DatabaseInUse =
  | { kind: 'none' | 'embedded' }
  /** `login`: who acts there, if this home has a login for people; `isHost`: this computer backs up for it. */
  | { kind: 'shared'; location: string; login: string | null; isHost: boolean };

/** What signing in would do. */
export interface SignInPlan {
  connection: Connection;
  now: DatabaseInUse;
  /** This home works with another database now, which would not be used any more. */
  replaces: boolean;
  /** What config.json will name, without login and password. */
  databaseUrl: string;
}

/**
 * Finds out what signing in would do, without talking to the server. Throws `database_url_set`,
 * `connection_file_embedded`, and as `readConfig` does.
 */
export async function planSignIn(place: SignInPlace, connection: Connection): Promise<SignInPlan> {
  await requireOwnChoice(place.home);
  const { hostname, port } = new URL(connection.url);
  const isHere = /^(?:127\.|localhost$|\[::1\]$)/i.test(hostname);
  if (isHere && Number(port) === (await keptPort(place.home.directory))) {
    throw new AppError(
      'connection_file_embedded',
      'The file leads to the embedded database of this very computer, which others cannot reach.',
      { nextStep: 'A team needs a workspace on a shared server; here a person signs in to the console.' },
    );
  }
  const fromFile = withoutLogin(connection.url);
  const { databaseUrl: current } = (await readConfigFile(place.home.configFile)).settings;
  const now = await databaseInUse(place);
  const same = now.kind === 'shared' && now.location === locationOf(fromFile);
  return {
    connection,
    now,
    replaces: now.kind !== 'none' && !same,
    // How this computer protects its way to a database that it uses already is no business of a file's.
    databaseUrl: same && current !== undefined && new URL(current).search !== '' ? current : fromFile,
  };
}

/**
 * Tries the login on the server and then keeps it, so that this home works with that database under that person
 * from its next start. Running programs go on as they began. Fails whole: nothing is changed then. Throws as
 * `tryLogin`, the secret store and `writeDatabaseUrl` do.
 */
export async function signIn(place: SignInPlace, plan: SignInPlan): Promise<SignedInPerson> {
  const login = loginOf(plan.connection.url);
  const person = await tryLogin(withLogin(plan.databaseUrl, login), plan.connection);
  const { databaseUrl } = plan;
  const before = await readPersonLoginIfWhole(place.secrets, databaseUrl);
  const current = (await readConfigFile(place.home.configFile)).settings.databaseUrl ?? null;
  const moves = current === null || locationOf(current) !== locationOf(databaseUrl);
  const databaseUrlBefore = moves ? current : before?.databaseUrlBefore;
  // The login first: a process that ends between the two leaves a login that nobody uses, not a database without one.
  await writePersonLogin(place.secrets, databaseUrl, {
    ...login,
    ...(databaseUrlBefore === undefined ? {} : { databaseUrlBefore }),
  });
  try {
    await writeDatabaseUrl(place.home, databaseUrl);
  } catch (error) {
    if (before === null) await removePersonLogin(place.secrets, databaseUrl);
    else await writePersonLogin(place.secrets, databaseUrl, before);
    throw error;
  }
  return person;
}

export interface SignedOut {
  login: string;
  location: string;
  /** What this home works with now. */
  now: DatabaseInUse;
}

/**
 * Forgets the login with which a person signed in. The database that config.json named before that is named there
 * again, unless this computer has logins of its own for the one in use. Throws `sign_in_not_found`,
 * `database_url_set`, and as `readConfig` and the secret store do.
 */
export async function signOut(place: SignInPlace): Promise<SignedOut> {
  const { url, person } = await findSignedIn(place);
  const puts = person.databaseUrlBefore !== undefined && !(await isHostOf(place.secrets, url));
  // The address first: a process that ends between the two leaves a login that nobody uses.
  if (puts) await writeDatabaseUrl(place.home, person.databaseUrlBefore ?? null);
  try {
    await removePersonLogin(place.secrets, url);
  } catch (error) {
    await writeDatabaseUrl(place.home, url);
    throw error;
  }
  return { login: person.login, location: locationOf(url), now: await databaseInUse(place) };
}

/** Who is signed in with a connection file, and where. Throws as `signOut` does. */
export async function whoIsSignedIn(place: SignInPlace): Promise<{ login: string; location: string }> {
  const { url, person } = await findSignedIn(place);
  return { login: person.login, location: locationOf(url) };
}

async function findSignedIn(place: SignInPlace): Promise<{ url: string; person: PersonLogin }> {
  await requireOwnChoice(place.home);
  const url = (await readConfigFile(place.home.configFile)).settings.databaseUrl ?? null;
  const person = url === null ? null : await readPersonLogin(place.secrets, url);
  if (url === null || person === null) {
    throw new AppError('sign_in_not_found', 'Nobody is signed in here with a connection file.');
  }
  return { url, person };
}

/** A variable of the environment wins over config.json, so what is kept would not be used. */
async function requireOwnChoice(home: Home): Promise<void> {
  if ((await readConfig(home)).databaseUrlSource !== 'TENANTKEEP_DATABASE_URL') return;
  throw new AppError(
    'database_url_set',
    'TENANTKEEP_DATABASE_URL is set and names the database, whatever is signed in to.',
    { nextStep: 'Unset it, then try again.' },
  );
}

async function databaseInUse({ home, secrets }: SignInPlace): Promise<DatabaseInUse> {
  const url = (await readConfigFile(home.configFile)).settings.databaseUrl;
  if (url === undefined) {
    return { kind: (await secrets.read(embeddedName)) === null ? 'none' : 'embedded' };
  }
  const own = await readHomeLogins(secrets, sharedName(url));
  const person = await readPersonLoginIfWhole(secrets, url);
  return {
    kind: 'shared',
    location: locationOf(url),
    login: person?.login ?? own?.technician.login ?? null,
    isHost: own !== null,
  };
}

async function isHostOf(secrets: SecretStore, url: string): Promise<boolean> {
  return (await readHomeLogins(secrets, sharedName(url))) !== null;
}

/** A damaged entry is as good as none: signing in replaces it. */
async function readPersonLoginIfWhole(secrets: SecretStore, url: string): Promise<PersonLogin | null> {
  try {
    return await readPersonLogin(secrets, url);
  } catch (error) {
    if (isAppError(error) && error.code === 'secret_store_damaged') return null;
    throw error;
  }
}

/** What is given up by leaving a database, for people who are asked. */
export function leavingInWords(now: DatabaseInUse): string {
  if (now.kind !== 'shared') {
    return now.kind === 'none'
      ? 'No database is used here yet.'
      : 'Now the embedded database of this computer is used. Nothing in it is deleted: its files stay. ' +
          'Its tenants are not shown and its schedules do not run until you sign out again.';
  }
  return (
    `Now ${now.location} is used${now.login === null ? '' : ` as ${now.login}`}. Nothing there is deleted. ` +
    `Its tenants are not shown here${now.isHost ? ', and this computer runs no backups for it,' : ''} until you sign out again.`
  );
}

/** How well the way to a database is protected, by its URL, for people who are asked. */
export function protectionInWords(databaseUrl: string): string {
  const settings = new URL(databaseUrl).searchParams;
  const mode = settings.get('sslmode');
  if (mode === 'verify-full') return 'The connection is encrypted, and the server has to prove its name.';
  const encrypted =
    (mode !== null && mode !== 'disable') ||
    settings.get('sslnegotiation') === 'direct' ||
    ['sslrootcert', 'sslcert', 'sslkey'].some((name) => settings.has(name));
  // What the driver makes of the other modes changes from version to version, so no more is promised for them.
  return encrypted && mode !== 'prefer'
    ? 'The connection is encrypted; whether the server proves its name depends on the settings in the file.'
    : 'The connection is not encrypted for certain.';
}

/** What a home works with, as one sentence. */
export function inUseInWords(now: DatabaseInUse): string {
  if (now.kind === 'shared') {
    return now.login === null
      ? `This home uses ${now.location}, for which it has no login.`
      : `This home uses ${now.location} as ${now.login}.`;
  }
  return now.kind === 'embedded'
    ? 'This home uses the embedded database of this computer again.'
    : 'This home uses the embedded database of this computer, which is made at the next start.';
}
