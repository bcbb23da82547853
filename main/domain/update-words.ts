import type { DatabaseDemands, FeedEntry, Release, TooOld, UpdateDecision } from './update-decision.ts';
import { compareVersions } from './version-order.ts';

/** A decision for people: what is so, and what to do about it where there is something to do. */
export interface UpdateWords {
  sentence: string;
  nextStep: string | null;
}

/** Says a decision in the same words on the command line, in the log and on the About page. */
export function updateInWords(
  decision: UpdateDecision,
  facts: { app: Release; database: DatabaseDemands; entry: FeedEntry | { malformed: string } },
): UpdateWords {
  const { app, database, entry } = facts;
  if (decision.kind === 'malformed-entry' || 'malformed' in entry) {
    const problem = decision.kind === 'malformed-entry' ? decision.problem : '';
    return {
      sentence: `The entry of the update feed cannot be used: ${problem}.`,
      nextStep: 'Tell whoever keeps the feed; nothing is installed from it.',
    };
  }
  switch (decision.kind) {
    case 'up-to-date':
      return { sentence: upToDate(app, entry), nextStep: migrationBehind(app, database) };
    case 'install':
      return { sentence: `Version ${entry.version} fits the database.`, nextStep: 'Install it.' };
    case 'needed-now':
      return {
        sentence: `This version ${app.version} works with schema version ${app.schemaVersion} and does not fit the database, which has ${database.schemaVersion}. Version ${entry.version} does.`,
        nextStep: 'Install it now.',
      };
    case 'waits-for-migration':
      return {
        sentence: `Version ${entry.version} needs schema version ${entry.schemaVersion}; the database has ${database.schemaVersion}.`,
        nextStep: `An administrator runs "tenantkeep migrate" of version ${entry.version} first; until then it is not installed here.`,
      };
    case 'too-old':
      return {
        sentence: tooOld(decision.because, entry, database),
        nextStep: 'Have whoever keeps the feed put a newer version there.',
      };
    case 'held-back':
      return {
        sentence: `Version ${entry.version} goes to ${decision.percentage} % of the installations so far, and this one is not among them yet.`,
        nextStep: null,
      };
  }
}

function upToDate(app: Release, entry: FeedEntry): string {
  return compareVersions(entry.version, app.version) === 0
    ? `Version ${app.version} is the newest.`
    : `This version ${app.version} is newer than the feed's, ${entry.version}.`;
}

/** What the newest app still waits for, where it was installed before the migration. */
function migrationBehind(app: Release, database: DatabaseDemands): string | null {
  if (database.kind === 'embedded' || database.schemaVersion >= app.schemaVersion) return null;
  return `The database has schema version ${database.schemaVersion} and this app needs ${app.schemaVersion}: an administrator runs "tenantkeep migrate".`;
}

function tooOld(because: TooOld, entry: FeedEntry, database: DatabaseDemands): string {
  const newest = `The newest version in the feed, ${entry.version},`;
  switch (because) {
    case 'schema':
      return `${newest} works with schema version ${entry.schemaVersion}; the database has ${database.schemaVersion}.`;
    case 'engine-level':
      return `${newest} has engine level ${entry.engineLevel}; the database allows hosts from ${database.minEngineLevel} on.`;
    case 'client-level':
      return `${newest} has client level ${entry.clientLevel}; the database allows apps from ${database.minClientLevel} on.`;
  }
}
