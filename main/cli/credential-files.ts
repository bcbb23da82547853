import { readFile } from 'node:fs/promises';
import { AppError } from '../../shared/errors.ts';
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
}): Promise<{ credential: AppSecret; expiresAt: Date | null }> {
  const { secretFile, certificateFile, privateKeyFile } = options;
  if (secretFile !== undefined && certificateFile === undefined && privateKeyFile === undefined) {
    const secret = (await readText(secretFile, '--secret-file')).trim();
    if (secret === '' || secret.length > 1_000 || /\s/.test(secret)) {
      throw new AppError('secret_file_invalid', `${secretFile} does not hold a client secret.`, {
        nextStep: "Write the secret's value, and nothing else, into the file.",
      });
    }
    return { credential: { kind: 'secret', secret }, expiresAt: null };
  }
  if (secretFile === undefined && certificateFile !== undefined && privateKeyFile !== undefined) {
    return readCertificate(certificateFile, privateKeyFile);
  }
  throw usageError(
    'Give --secret-file, or --certificate-file together with --private-key-file, or let a person sign in with --device-code or --browser.',
  );
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
