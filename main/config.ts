import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { parse as parseLossless } from 'lossless-json';
import { z } from 'zod';
import { AppError } from '../shared/errors.ts';
import type { GraphLimits } from './graph/graph-limits.ts';
import { graphLimitsConfigSchema } from './graph/graph-limits-config.ts';
import { logLevels, type LogLevel } from './logging/log.ts';
import { isFeedUrl } from './updates/feed-url.ts';

/** Where one installation keeps what is its own. Two processes with the same home share database and logins. */
export interface Home {
  directory: string;
  configFile: string;
  /** The embedded database's files and its server's notes. */
  databaseDirectory: string;
  secretsDirectory: string;
  logsDirectory: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The home: `--home`, else `TENANTKEEP_HOME`, else the operating system's usual place for data of a program. */
export function resolveHome(given: string | undefined, environment: Environment = process.env): Home {
  const chosen = given ?? environment['TENANTKEEP_HOME'];
  const directory =
    chosen === undefined || chosen === '' ? envPaths('TenantKeep', { suffix: '' }).data : resolve(chosen);
  return {
    directory,
    configFile: join(directory, 'config.json'),
    databaseDirectory: join(directory, 'database'),
    secretsDirectory: join(directory, 'secrets'),
    logsDirectory: join(directory, 'logs'),
  };
}

/** Where a home notes what the audit webhook took. */
export function webhookStateFile(home: Home): string {
  return join(home.directory, 'audit-webhook.json');
}

export interface Config {
  /** null: the embedded database of the home. Otherwise a URL of a shared server, which may carry a login. */
  databaseUrl: string | null;
  /** Where the URL was given, for error messages. */
  databaseUrlSource: 'TENANTKEEP_DATABASE_URL' | 'config.json' | null;
  /** How this computer is called among the hosts. */
  hostName: string;
  logLevel: LogLevel;
  /** Numbers of the Graph client that differ from the published ones. */
  graph: Partial<GraphLimits>;
  /** Where this computer keeps its own secrets. */
  secretStore: SecretStoreKind;
  /** Where the ends of the audit chains are sent, for those who want them kept outside of hosts and database. */
  auditWebhook: { url: string; keyFile: string } | null;
  updates: {
    /** The folder of the update feed; null: the one that was packed with the program. */
    feedUrl: string | null;
    /** Whether the desktop asks the feed by itself; a person may always ask. */
    check: boolean;
  };
}

/**
 * `file`: files that only the account reads. `keyring`: sealed with a key in the account's key store. `desktop`: sealed
 * with the key of the desktop session; the command line cannot open them.
 */
export const secretStoreKinds = ['file', 'keyring', 'desktop'] as const;
export type SecretStoreKind = (typeof secretStoreKinds)[number];

/** Windows and macOS give every account a key store; on Linux only a desktop session has one. */
const usualSecretStore: SecretStoreKind =
  process.platform === 'win32' || process.platform === 'darwin' ? 'keyring' : 'file';

const databaseUrl = z.string().superRefine((text, context) => {
  const problem = databaseUrlProblem(text);
  if (problem !== null) {
    context.addIssue({ code: 'custom', message: problem });
  } else if (new URL(text).password !== '') {
    context.addIssue({
      code: 'custom',
      message: 'holds a password, which does not belong into this file; use TENANTKEEP_DATABASE_URL',
    });
  }
});

/** config.json: choices, never secrets. Unknown names are refused, because a misspelt one would be a choice lost. */
const configFileSchema = z.strictObject({
  databaseUrl: databaseUrl.optional(),
  hostName: z.string().trim().min(1).max(200).optional(),
  logLevel: z.enum(logLevels).optional(),
  graph: graphLimitsConfigSchema.optional(),
  secretStore: z.enum(secretStoreKinds).optional(),
  auditWebhook: z
    .strictObject({
      url: z.string().refine(isWebhookUrl, 'url is not an https:// address without a login'),
      keyFile: z.string().min(1),
    })
    .optional(),
  updates: z
    .strictObject({
      feedUrl: z
        .string()
        .refine(isFeedUrl, 'feedUrl is not an https:// address without a login and a query')
        .optional(),
      check: z.boolean().optional(),
    })
    .optional(),
});

function isWebhookUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && url.protocol === 'https:' && url.username === '' && url.password === '';
}

/**
 * Reads config.json (a missing one means defaults) and the environment, which wins. Throws `config_invalid` with
 * file, line and what is wrong in one sentence.
 */
export async function readConfig(home: Home, environment: Environment = process.env): Promise<Config> {
  const { settings: file } = await readConfigFile(home.configFile);
  const fromEnvironment = environment['TENANTKEEP_DATABASE_URL'] ?? '';
  if (fromEnvironment !== '') {
    const problem = databaseUrlProblem(fromEnvironment);
    if (problem !== null) {
      throw new AppError('config_invalid', `TENANTKEEP_DATABASE_URL ${problem}.`, {
        nextStep: 'Write it as postgres://login:password@host:5432/database.',
      });
    }
  }
  const secretStore = environment['TENANTKEEP_SECRET_STORE'] ?? '';
  if (secretStore !== '' && !secretStoreKinds.some((kind) => kind === secretStore)) {
    throw new AppError(
      'config_invalid',
      `TENANTKEEP_SECRET_STORE is none of ${secretStoreKinds.join(', ')}.`,
      {
        nextStep: 'Correct it, or leave it out.',
      },
    );
  }
  return {
    databaseUrl: fromEnvironment !== '' ? fromEnvironment : (file.databaseUrl ?? null),
    databaseUrlSource:
      fromEnvironment !== ''
        ? 'TENANTKEEP_DATABASE_URL'
        : file.databaseUrl === undefined
          ? null
          : 'config.json',
    hostName: file.hostName ?? hostname(),
    logLevel: file.logLevel ?? 'info',
    graph: file.graph ?? {},
    secretStore:
      secretStore === '' ? (file.secretStore ?? usualSecretStore) : (secretStore as SecretStoreKind),
    auditWebhook: file.auditWebhook ?? null,
    updates: { feedUrl: file.updates?.feedUrl ?? null, check: file.updates?.check ?? true },
  };
}

/**
 * config.json as it was checked, and as it was written (null where there is none), for whoever changes one of its
 * settings. Throws as `readConfig` does.
 */
export async function readConfigFile(path: string): Promise<{
  settings: z.output<typeof configFileSchema>;
  written: Record<string, unknown> | null;
}> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === 'ENOENT') return { settings: {}, written: null };
    throw new AppError('config_unreadable', `${path} cannot be read (${String(code)}).`, {
      nextStep: 'Correct its permissions, or choose another home with --home.',
      cause: error,
    });
  }
  const content = text.startsWith('\ufeff') ? text.slice(1) : text;
  let value: unknown;
  try {
    // This parser says where it stopped; the built-in one does so only for some mistakes.
    parseLossless(content);
    value = JSON.parse(content);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalid(path, lineOfSyntaxError(content, error), 'is not valid JSON', error);
  }
  const parsed = configFileSchema.safeParse(value);
  if (parsed.success) return { settings: parsed.data, written: value as Record<string, unknown> };
  const issue = parsed.error.issues[0]!;
  const unknownName = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const name = unknownName ?? issue.path.map(String)[0];
  throw invalid(
    path,
    name === undefined ? 1 : lineOfName(content, name),
    unknownName === undefined
      ? `${name === undefined ? '' : `${name} `}${issue.message.replace(/^./, (first) => first.toLowerCase())}`
      : `${unknownName} is not a setting (known: ${Object.keys(configFileSchema.shape).join(', ')})`,
    parsed.error,
  );
}

function invalid(path: string, line: number, what: string, cause: unknown): AppError {
  return new AppError('config_invalid', `${path}, line ${line}: ${what.trim()}.`, {
    nextStep: 'Correct the file, or remove it to start with the defaults.',
    details: { line },
    cause,
  });
}

function lineOfSyntaxError(content: string, error: SyntaxError): number {
  const position = /position (\d+)/.exec(error.message)?.[1];
  const before = position === undefined ? content : content.slice(0, Number(position));
  // At the end of the text the last line with something on it is the one to look at.
  if (content.slice(before.length).trim() === '') return before.trimEnd().split('\n').length;
  return before.split('\n').length;
}

function lineOfName(content: string, name: string): number {
  const position = content.indexOf(JSON.stringify(name));
  return position === -1 ? 1 : content.slice(0, position).split('\n').length;
}

function databaseUrlProblem(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol)) return 'is not a postgres:// URL';
  return url.hostname === '' || url.pathname.length < 2 ? 'names no server or no database' : null;
}
