/**
 * The answer of every procedure. Codes survive IPC and HTTP, messages may change; a thrown error would reach
 * the page as text only, so expected refusals travel as data.
 */
export type Result<T> = { ok: true; value: T } | { ok: false; error: ErrorAnswer };

export interface ErrorAnswer {
  /** Stable; the page branches on it. `internal` says nothing but its correlation id. */
  code: string;
  /** One plain sentence. */
  message: string;
  nextStep: string | null;
  /** Safe values only: counts, names the caller may see, a correlation id. */
  details: Readonly<Record<string, string | number | boolean | null>>;
  /** For bad input: the field, as a dotted path, and its sentence. */
  fields: readonly { path: string; message: string }[];
}

/** A refusal that concerns no field and has nothing to add to its sentence. */
export function refusal(
  code: string,
  message: string,
  nextStep: string | null = null,
): { ok: false; error: ErrorAnswer } {
  return { ok: false, error: { code, message, nextStep, details: {}, fields: [] } };
}
