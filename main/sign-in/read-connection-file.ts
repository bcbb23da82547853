import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { AppError } from '../../shared/errors.ts';
import { loginOf } from '../stored-logins.ts';

const mostBytes = 4_096;

/** What a connection file says: a person's login, and where it is good for. */
export interface Connection {
  /** postgres://login:password@server/database with its settings: never log it. */
  url: string;
  login: string;
  /** Host and port as they are connected to, for people: plain letters only. */
  server: string;
  /** Decoded: may hold any character, so make controls visible where it is shown. */
  database: string;
}

/**
 * Settings that the URL may carry. The driver takes many more, among them `host`, `user` and `password`, which
 * would win over what stands in front of them and make the question that a person answers a lie.
 */
const settings: Readonly<Record<string, RegExp>> = {
  sslmode: /^(?:disable|prefer|require|verify-ca|verify-full|no-verify)$/,
  sslrootcert: /^/,
  sslcert: /^/,
  sslkey: /^/,
  sslnegotiation: /^(?:postgres|direct)$/,
  uselibpqcompat: /^(?:true|false)$/,
};
const fileSettings = ['sslrootcert', 'sslcert', 'sslkey'];

/**
 * Reads a connection file, which anybody may have made: at most 4 KB of a regular file are looked at, nothing waits
 * for a pipe, and no message quotes what it holds. Throws `connection_file_not_found`, `connection_file_unreadable`,
 * `connection_file_invalid`.
 */
export async function readConnectionFile(path: string): Promise<Connection> {
  return parseConnection(await readText(path), path);
}

async function readText(path: string): Promise<string> {
  let file: FileHandle | null = null;
  try {
    // Without waiting: a named pipe would keep us until somebody writes into it.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if (!(await file.stat()).isFile()) throw notRegular(path);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(mostBytes + 1), 0, mostBytes + 1, 0);
    if (bytesRead > mostBytes) {
      throw new AppError('connection_file_invalid', `${path} is no connection file: it is larger than 4 KB.`);
    }
    return decode(buffer.subarray(0, bytesRead), path);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const code = String((error as { code?: unknown }).code);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new AppError('connection_file_not_found', `There is no file ${path}.`, { cause: error });
    }
    if (code === 'EISDIR' || code === 'ENXIO') throw notRegular(path);
    throw new AppError('connection_file_unreadable', `${path} cannot be read (${code}).`, {
      nextStep: 'Correct its permissions, or copy it to a place that this account may read.',
      cause: error,
    });
  } finally {
    await file?.close();
  }
}

function notRegular(path: string): AppError {
  return new AppError('connection_file_invalid', `${path} is no connection file: it is not a regular file.`);
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    // Drops a byte order mark, too.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw invalid(path, 'it is not text', error);
  }
}

function parseConnection(text: string, path: string): Connection {
  const line = text.replace(/(?:\r?\n)+$/, '').trim();
  if (line === '') throw invalid(path, 'it is empty');
  if (/[\r\n]/.test(line)) throw invalid(path, 'it holds more than one line');
  // eslint-disable-next-line no-control-regex -- naming control characters is the purpose
  if (/[\u0000-\u001f\u007f]/.test(line)) throw invalid(path, 'it is not text');
  const url = URL.canParse(line) ? new URL(line) : null;
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol) || url.hash !== '') {
    throw invalid(path, 'it holds no postgres:// URL');
  }
  if (url.username === '') throw invalid(path, 'its URL has no login');
  if (url.password === '') throw invalid(path, 'its URL has no password');
  // Names with other letters exist only encoded (xn--…); so what is shown is what is connected to.
  if (!/^(?:[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?|\[[0-9a-f:.]+\])$/i.test(url.hostname)) {
    throw invalid(path, url.hostname === '' ? 'its URL has no server' : 'its URL has no usable server name');
  }
  requireKnownSettings(url, path);
  const { login, database } = decodeParts(url, path);
  return {
    url: url.href,
    login,
    server: `${url.hostname}:${url.port === '' ? '5432' : url.port}`,
    database,
  };
}

function requireKnownSettings(url: URL, path: string): void {
  const seen = new Set<string>();
  for (const [name, value] of url.searchParams) {
    if (settings[name] === undefined || seen.has(name) || !settings[name].test(value)) {
      throw invalid(path, 'its URL has a setting that a connection file cannot have');
    }
    seen.add(name);
  }
}

function decodeParts(url: URL, path: string): { login: string; database: string } {
  try {
    const { login, password } = loginOf(url.href);
    // As the driver decodes it.
    const database = decodeURI(url.pathname.slice(1));
    if (database === '') throw invalid(path, 'its URL has no database');
    if ([login, password, database].some((part) => part.includes('\0')))
      throw invalid(path, 'it is not text');
    return { login, database };
  } catch (error) {
    if (error instanceof URIError) throw invalid(path, 'its URL is written wrongly', error);
    throw error;
  }
}

function invalid(path: string, why: string, cause?: unknown): AppError {
  return new AppError('connection_file_invalid', `${path} is no connection file: ${why}.`, {
    nextStep: 'Ask an administrator for the file that inviting you made, and use it unchanged.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * Looks whether the certificate files that a URL names are on this computer, before the driver reads them: it would
 * wait at a pipe, and fail without a word that helps. Throws `certificate_file_missing`.
 */
export async function requireCertificateFiles(url: string): Promise<void> {
  for (const [name, value] of new URL(url).searchParams) {
    if (fileSettings.includes(name) && !(await isSmallFile(value))) {
      throw new AppError(
        'certificate_file_missing',
        `The connection wants the file ${value} (${name}), which is not on this computer.`,
        { nextStep: 'Ask an administrator for that file and put it there, then try again.' },
      );
    }
  }
}

async function isSmallFile(path: string): Promise<boolean> {
  // A path to another computer would send this account's name there.
  if (!isAbsolute(path) || /^[/\\]{2}/.test(path)) return false;
  try {
    const file = await stat(path);
    return file.isFile() && file.size < 1_000_000;
  } catch (error) {
    if (typeof (error as { code?: unknown }).code === 'string') return false;
    throw error;
  }
}
