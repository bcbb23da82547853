import { AppError } from '../../shared/errors.ts';
import { instantFromIso } from '../../shared/model/instant.ts';

/** Input that cannot be right; exit code 2. */
export function usageError(message: string, nextStep = 'See --help for an example.'): AppError {
  return new AppError('usage', message, { nextStep });
}

/** A whole number between bounds, from an option. */
export function wholeNumber(text: string, option: string, least: number, most: number): number {
  const value = /^-?\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw usageError(`${option} must be a whole number from ${least} to ${most}, not "${text}".`);
  }
  return value;
}

/** One of a few words, from an option. */
export function oneOf<Word extends string>(text: string, option: string, words: readonly Word[]): Word {
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw usageError(`${option} must be one of ${words.join(', ')}, not "${text}".`);
  return word;
}

/** A GUID in its usual form, in lower case, from an option. */
export function guid(text: string, option: string): string {
  const value = text.trim().toLowerCase();
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(value)) {
    throw usageError(
      `${option} must be a GUID such as 2f6ab1c5-…, as shown in the app registration, not "${text}".`,
    );
  }
  return value;
}

/** An instant, from an option. */
export function givenInstant(text: string, option: string): Date {
  try {
    return instantFromIso(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw usageError(
      `${option} must be an instant such as 2026-01-31T00:00:00Z, not "${text}".`,
      'Write date, time and offset.',
    );
  }
}
