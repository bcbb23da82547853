import { AppError } from '../../shared/errors.ts';
import {
  type Cadence,
  cadenceIssueCode,
  type CadenceIssueCode,
  cadenceIssues,
  cadenceSchema,
} from '../../shared/model/cadence.ts';

/** The cadence options of `schedules add`, as typed; exactly one is to be given. */
export interface CadenceArguments {
  /** `15m`, `2h`: elapsed time. */
  every?: string | undefined;
  /** `05`: minute of every hour; `05/2`: of every second wall hour from midnight. */
  hourly?: string | undefined;
  /** `02:00`, `02:00,14:00`. */
  daily?: string | undefined;
  /** `mon,thu@02:00`. */
  weekly?: string | undefined;
  /** `1@02:00`, `last@02:00`, `2nd-tue@02:00` or `2tue@02:00`, `last-fri@02:00`. */
  monthly?: string | undefined;
  /** Five fields. */
  cron?: string | undefined;
}

type Form = keyof CadenceArguments;

const examples: Record<Form, string> = {
  every: '--every 15m or --every 2h',
  hourly: '--hourly 05 or --hourly 05/2',
  daily: '--daily 02:00 or --daily 02:00,14:00',
  weekly: '--weekly mon,thu@02:00',
  monthly: '--monthly 1@02:00, --monthly last@02:00 or --monthly 2nd-tue@02:00',
  cron: "--cron '0 2 * * 1-5'",
};

/**
 * The cadence that one option names. Phase of `--every` is midnight UTC of 1970-01-01, so `15m` means the
 * quarters of the hour. Throws AppError with a code of `cadenceIssues`, or `cadence_argument_count`. Whether
 * the slots themselves are sound is asked afterwards, with the zone (`requireValidCadence`).
 */
export function parseCadenceArguments(given: CadenceArguments): Cadence {
  const forms = (Object.keys(examples) as Form[]).filter((form) => given[form] !== undefined);
  const [form] = forms;
  if (form === undefined || forms.length > 1) {
    throw new AppError(
      'cadence_argument_count',
      form === undefined
        ? 'No cadence is given.'
        : `Only one cadence can be given, not ${forms.map((name) => `--${name}`).join(' and ')}.`,
      {
        nextStep: `Give one of ${Object.keys(examples)
          .map((name) => `--${name}`)
          .join(', ')}.`,
      },
    );
  }
  const text = given[form]!.trim();
  const parsed = cadenceSchema.safeParse(readForm[form](text));
  if (!parsed.success) throw refuse(form, text, cadenceIssueCode(parsed.error.issues[0]!.message));
  return parsed.data;
}

/** What an option's text says, still to be checked by the schema. */
const readForm: Record<Form, (text: string) => unknown> = {
  every: (text) => {
    const [, amount, unit] = match('every', text, /^(\d{1,6})\s*(m|min|h)$/i);
    const minutes = Number(amount) * (unit!.toLowerCase() === 'h' ? 60 : 1);
    return { kind: 'everyMinutes', minutes, anchorUtc: '1970-01-01T00:00:00Z' };
  },
  hourly: (text) => {
    const [, minute, step] = match('hourly', text, /^:?(\d{1,2})(?:\/(\d{1,2}))?$/);
    return { kind: 'hourly', everyHours: Number(step ?? 1), minute: Number(minute) };
  },
  daily: (text) => ({ kind: 'daily', times: times(text) }),
  weekly: (text) => {
    const [, days, clock] = match('weekly', text, /^([^@]*)@([^@]*)$/);
    return { kind: 'weekly', days: list(days!.toLowerCase()), times: times(clock!) };
  },
  monthly: (text) => {
    const [, day, clock] = match('monthly', text, /^([^@]*)@([^@]*)$/);
    return { kind: 'monthly', on: readMonthDay(day!.trim().toLowerCase(), text), times: times(clock!) };
  },
  cron: (text) => ({ kind: 'cron', expression: text }),
};

function readMonthDay(day: string, text: string): unknown {
  if (day === 'last') return { kind: 'lastDay' };
  if (/^\d{1,6}$/.test(day)) return { kind: 'day', day: Number(day) };
  const [, nth, weekday] = match(
    'monthly',
    day,
    /^(1(?:st)?|2(?:nd)?|3(?:rd)?|4(?:th)?|last)-?([a-z]{3})$/,
    text,
  );
  return { kind: 'nthWeekday', nth: nth === 'last' ? nth : Number(nth![0]), weekday };
}

const list = (text: string): string[] =>
  text.trim() === '' ? [] : text.split(',').map((part) => part.trim());

/** `2:00` is taken as `02:00`; anything else is left to the schema. */
const times = (text: string): string[] => list(text).map((time) => time.replace(/^(\d):/, '0$1:'));

function match(form: Form, text: string, pattern: RegExp, whole = text): RegExpExecArray {
  const found = pattern.exec(text);
  if (found === null) throw refuse(form, whole, 'cadence_invalid');
  return found;
}

function refuse(form: Form, text: string, code: CadenceIssueCode): AppError {
  const message = code === 'cadence_invalid' ? `The value of --${form} cannot be read.` : cadenceIssues[code];
  return new AppError(code, message, {
    nextStep: `Write it like ${examples[form]}.`,
    details: { option: `--${form}`, value: text.slice(0, 200) },
  });
}
