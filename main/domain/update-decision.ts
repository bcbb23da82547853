import { createHash } from 'node:crypto';
import { compareVersions } from './version-order.ts';

/** What a version of TenantKeep is made for. */
export interface Release {
  version: string;
  /** The schema version that it works with, and no other. */
  schemaVersion: number;
  engineLevel: number;
  clientLevel: number;
}

/** A release as the feed offers it. */
export interface FeedEntry extends Release {
  /** How many of a hundred installations take it already; null: all. */
  stagingPercentage: number | null;
}

/** What a database asks of the apps that work with it: its `schema_meta`. */
export interface DatabaseDemands {
  /** `embedded`: it belongs to this installation alone, and the app brings it to its own schema when it starts. */
  kind: 'embedded' | 'shared';
  /** 0: no schema yet. */
  schemaVersion: number;
  minEngineLevel: number;
  minClientLevel: number;
}

/** Why a release is too old for a database. */
export type TooOld = 'schema' | 'engine-level' | 'client-level';

export type UpdateDecision =
  | { kind: 'up-to-date' }
  /** It fits the database, and so does this app: whenever it suits. */
  | { kind: 'install' }
  /** It fits the database, and this app does not: waiting keeps somebody from working, so staging does not count. */
  | { kind: 'needed-now' }
  /** Its schema is newer than the database's: whoever installed it now would be refused. */
  | { kind: 'waits-for-migration' }
  | { kind: 'too-old'; because: TooOld }
  | { kind: 'held-back'; percentage: number }
  | { kind: 'malformed-entry'; problem: string };

/**
 * Whether this installation takes what the feed offers. An app works only with the schema that it was made for, so a
 * release that is installed before or after its migration would lock its user out. Never answers a downgrade.
 */
export function decideUpdate(facts: {
  app: Release;
  database: DatabaseDemands;
  entry: FeedEntry | { malformed: string };
  /** What tells this installation from the others, the same at each call. */
  installationId: string;
}): UpdateDecision {
  const { app, database, entry, installationId } = facts;
  if ('malformed' in entry) return { kind: 'malformed-entry', problem: entry.malformed };
  if (compareVersions(entry.version, app.version) <= 0) {
    const because = tooOldFor(app, database);
    return because === null ? { kind: 'up-to-date' } : { kind: 'too-old', because };
  }
  const because = tooOldFor(entry, database);
  if (because !== null) return { kind: 'too-old', because };
  if (needsMigration(entry, database)) return { kind: 'waits-for-migration' };
  if (tooOldFor(app, database) !== null || needsMigration(app, database)) return { kind: 'needed-now' };
  const { stagingPercentage } = entry;
  if (stagingPercentage !== null && rolloutShare(installationId, entry.version) >= stagingPercentage) {
    return { kind: 'held-back', percentage: stagingPercentage };
  }
  return { kind: 'install' };
}

/** True for the decisions after which a release may be downloaded and installed here. */
export function isInstallable({ kind }: UpdateDecision): boolean {
  return kind === 'install' || kind === 'needed-now';
}

function tooOldFor(release: Release, database: DatabaseDemands): TooOld | null {
  if (release.schemaVersion < database.schemaVersion) return 'schema';
  if (release.engineLevel < database.minEngineLevel) return 'engine-level';
  return release.clientLevel < database.minClientLevel ? 'client-level' : null;
}

/** An embedded database is brought forward by the app itself. */
function needsMigration(release: Release, database: DatabaseDemands): boolean {
  return database.kind === 'shared' && release.schemaVersion > database.schemaVersion;
}

/**
 * Where an installation stands in the rollout of a version, 0 up to but not including 100: the same at each call, so
 * that a percentage that grows only adds installations, and another with each version, so that it is not always the
 * same people who go first.
 */
export function rolloutShare(installationId: string, version: string): number {
  const digest = createHash('sha256').update(`${installationId}\n${version}`).digest();
  return (digest.readUInt32BE(0) / 2 ** 32) * 100;
}
