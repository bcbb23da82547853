import { isAppError } from '../../shared/errors.ts';
import type { Database } from '../db/database.ts';
import { listHostRecipients, listWronglySealed, storeResealed } from '../db/repositories/credentials.ts';
import {
  listWronglySealedSecrets,
  type SealedSecret,
  storeResealedSecrets,
} from '../db/repositories/sealed-secrets.ts';
import { addressedTo, openText, sealText } from './sealed-credential.ts';

export interface ResealReport {
  /** Credentials and fingerprint keys that were sealed anew. */
  resealed: number;
  /** Secret values out of policies that were sealed anew. */
  secrets: number;
  /** Names of tenants of which this host cannot open something: another host has to seal it. */
  notOpenable: string[];
}

/**
 * Seals every credential, fingerprint key and secret value that this host can open to exactly the hosts that are
 * approved now: a new host gets to open them, a removed one does not any more. What was sealed stays as it was, byte
 * for byte, but for the list of hosts inside the sign-in of a person. Each piece is stored by itself, so whoever was
 * interrupted begins again and finds what is left.
 *
 * Done only when a person approves or removes a host, never by a host on its own: whoever could write a row into
 * `app.hosts` would otherwise be handed every credential within a minute. `database` is the host's login.
 */
export async function resealForApprovedHosts(options: {
  database: Database;
  identity: string;
}): Promise<ResealReport> {
  let report = await resealOnce(options);
  const { notOpenable } = report;
  let { resealed } = report;
  // A sign-in whose refresh token another host renewed meanwhile is still sealed to the hosts of before.
  for (let round = 1; report.overtaken && round < mostRounds; round += 1) {
    report = await resealOnce(options);
    resealed += report.resealed;
  }
  const secrets = await resealSecrets(options);
  return {
    resealed,
    secrets: secrets.resealed,
    notOpenable: [...new Set([...notOpenable, ...secrets.notOpenable])].toSorted(),
  };
}

const mostRounds = 5;

async function resealOnce(options: {
  database: Database;
  identity: string;
}): Promise<Omit<ResealReport, 'secrets'> & { overtaken: boolean }> {
  const { database, identity } = options;
  const recipients = await listHostRecipients(database);
  const notOpenable = new Set<string>();
  let resealed = 0;
  let overtaken = false;
  for (const row of await listWronglySealed(database, recipients)) {
    const text = await openText(row.sealed, identity);
    if (text === null) {
      notOpenable.add(row.tenantName);
      continue;
    }
    try {
      await storeResealed(
        database,
        row,
        await sealText(addressedTo(text, recipients), recipients),
        recipients,
      );
      resealed += 1;
    } catch (error) {
      if (!isAppError(error)) throw error;
      if (error.code === 'sign_in_rotated') overtaken = true;
      // Replaced meanwhile: the new one was sealed to the hosts of now.
      else if (error.code !== 'credential_replaced') throw error;
    }
  }
  return { resealed, notOpenable: [...notOpenable], overtaken };
}

/** Secret values sealed in one transaction; opening and sealing that many takes about half a second. */
const secretBatch = 200;

/**
 * The same for secret values out of policies, of which there can be thousands: batch by batch in the order of their
 * keys, so that memory and transactions stay small. What is sealed rightly is passed over by the query.
 */
async function resealSecrets(options: {
  database: Database;
  identity: string;
}): Promise<{ resealed: number; notOpenable: string[] }> {
  const { database, identity } = options;
  const recipients = await listHostRecipients(database);
  const notOpenable = new Set<string>();
  let resealed = 0;
  for (let last: SealedSecret | null = null; ;) {
    const batch = await listWronglySealedSecrets(database, recipients, last, secretBatch);
    for (const [tenantId, secrets] of Map.groupBy(batch, (secret) => secret.tenantId)) {
      const again: { before: SealedSecret; sealed: Uint8Array }[] = [];
      for (const before of secrets) {
        const text = await openText(before.sealed, identity);
        if (text === null) notOpenable.add(before.tenantName);
        else again.push({ before, sealed: await sealText(text, recipients) });
      }
      if (again.length > 0) resealed += await storeResealedSecrets(database, tenantId, again, recipients);
    }
    if (batch.length < secretBatch) return { resealed, notOpenable: [...notOpenable] };
    last = batch.at(-1)!;
  }
}
