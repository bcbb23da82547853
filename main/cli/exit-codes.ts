import { isAppError } from '../../shared/errors.ts';
import { cadenceIssues } from '../../shared/model/cadence.ts';

/** What a script can tell from the exit code alone; printed by `--help`. */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  notFound: 3,
  runPartial: 4,
  runFailed: 5,
  environment: 6,
  interrupted: 130,
} as const;

export const exitCodeHelp = `Exit codes:
  0    done; a run that was waited for succeeded, everything verified is sound
  1    unexpected error; its correlation id leads to the entry in the log
  2    usage or input that cannot be right (arguments, names that fit several things, config.json)
  3    not found, or not allowed
  4    the run that was waited for ended partial
  5    the run failed or was not carried out, or a check found damage or drift
  6    something outside refused or cannot be reached: database, Microsoft Graph, credential, disk
  130  ended by Ctrl+C`;

const notFoundCode = /(?:_not_found|_unknown|_forbidden|_not_visible)$|^administrator_needed$/;
const usageCode =
  /^(?:usage|cadence_argument_count|name_ambiguous|config_invalid|cursor_invalid|schedule_name_taken|schedule_template_name_taken|tenant_name_taken|schedule_changed|schedule_template_changed|run_not_retryable|export_directory_exists|file_exists|sign_in_replaces_database|database_url_set)$|_invalid$|^import_/;

/** The exit code that belongs to an error; anything but an `AppError` is unexpected. */
export function exitCodeOf(error: unknown): number {
  if (!isAppError(error)) return exitCodes.unexpected;
  if (error.code in cadenceIssues || usageCode.test(error.code)) return exitCodes.usage;
  if (notFoundCode.test(error.code)) return exitCodes.notFound;
  return exitCodes.environment;
}
