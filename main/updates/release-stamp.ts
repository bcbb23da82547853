import { appSchemaVersion, clientLevel } from '../db/schema-status.ts';
import { engineLevel } from '../engine/engine-level.ts';

/**
 * What this version is made for. Packaging puts it into the feed's entry (assets/stamp-release.mjs), and the gate
 * compares it with the database.
 */
export const releaseStamp = { schemaVersion: appSchemaVersion, engineLevel, clientLevel } as const;
