import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../../shared/errors.ts';
import { instantFromIso } from '../../shared/model/instant.ts';
import type { Clock } from '../clock.ts';
import { checkCertificate } from '../credentials/check-certificate.ts';
import type { CredentialSecret } from '../credentials/sealed-credential.ts';
import { usageError } from './usage-error.ts';

/** A credential of the app itself. */
type AppSecret = Exclude<CredentialSecret, { kind: 'delegated' }>;

/** The credential that the options name, read from files; secrets never stand on a command line. */
export async function readCredential(options: {
  secretFile?: string;
  certificateFile?: string;
  privateKeyFile?: string;
  secretExpires?: string;
}): Promise<{ credential: AppSecret; expiresAt: Date | null }> {
  const { secretFile, certificateFile, privateKeyFile, secretExpires } = options;
  if (secretFile === undefined) refuseSecretExpires(secretExpires);
  if (secretFile !== undefined && certificateFile === undefined && privateKeyFile === undefined) {
    const secret = (await readText(secretFile, '--secret-file')).trim();
    if (secret === '' || secret.length > 1_000 || /\s/.test(secret)) {
      throw new AppError('secret_file_invalid', `${secretFile} does not hold a client secret.`, {
        nextStep: "Write the secret's value, and nothing else, into the file.",
      });
    }
    return { credential: { kind: 'secret', secret }, expiresAt: readSecretEnd(secretExpires) };
  }
  if (secretFile === undefined && certificateFile !== undefined && privateKeyFile !== undefined) {
    return readCertificate(certificateFile, privateKeyFile);
  }
  throw usageError(
    'Give --secret-file, or --certificate-file together with --private-key-file, or let a person sign in with --device-code or --browser.',
  );
}

/** `--secret-expires` beside something else than a secret: certificates say themselves when they end. */
export function refuseSecretExpires(given: string | undefined): void {
  if (given === undefined) return;
  throw usageError(
    '--secret-expires belongs to --secret-file.',
    'The end of a certificate is read from it; a sign-in has none that is known.',
  );
}

/** Refuses an end of a secret that has passed: it could not sign in. Of a certificate, Entra says so. */
export function refusePastEnd(
  given: { credential: AppSecret; expiresAt: Date | null } | null,
  clock: Clock,
): void {
  if (given?.credential.kind !== 'secret' || given.expiresAt === null) return;
  if (given.expiresAt.getTime() > clock.wallMs()) return;
  throw usageError(
    `--secret-expires ${given.expiresAt.toISOString().slice(0, 10)} has passed.`,
    'Give the date that the app registration shows beside the secret.',
  );
}

/** The first instant of the day (UTC): the portal shows no time, and a warning is better early than late. */
function readSecretEnd(given: string | undefined): Date | null {
  if (given === undefined) return null;
  const day = given.trim();
  if (!z.iso.date().safeParse(day).success) {
    throw usageError(`--secret-expires must be a date such as 2027-05-31, not "${given}".`);
  }
  return instantFromIso(`${day}T00:00:00Z`);
}

async function readCertificate(
  certificateFile: string,
  privateKeyFile: string,
): Promise<{ credential: AppSecret; expiresAt: Date }> {
  const certificatePem = await readText(certificateFile, '--certificate-file');
  const privateKeyPem = await readText(privateKeyFile, '--private-key-file');
  const expiresAt = checkCertificate(certificatePem, privateKeyPem, {
    certificate: certificateFile,
    key: privateKeyFile,
  });
  return {
    credential: { kind: 'certificate', certificatePem, privateKeyPem },
    expiresAt,
  };
}

async function readText(path: string, option: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new AppError('file_not_found', `The file of ${option} cannot be read: ${path}.`, {
      nextStep: 'Check the path and that this account may read the file.',
      cause: error,
    });
  }
}
