import { DOMParser } from '@xmldom/xmldom';
import { describe, expect, it } from 'vitest';
import { taskDefinition } from '../../main/service-install/task-definition.ts';
import { aDefinition } from './definition.ts';

/**
 * The part of the published task schema (MS-TSCH 2.5, "Task Scheduler Schema" in the Windows documentation) that
 * a service needs: element → what it may hold, in any order where the schema says `all`. `sequence` elements keep
 * their order. A leaf is a pattern of its whole text.
 */
type Shape =
  RegExp | { children: Record<string, Shape>; sequence?: boolean; attributes?: Record<string, RegExp> };
const truth = /^(?:true|false)$/;
const text = /^[^\n]{1,2048}$/;
const duration = /^P(?:T\d+[HMS]|\d+D)$/;
const taskShape: Shape = {
  attributes: {
    version: /^1\.[2-6]$/,
    xmlns: /^http:\/\/schemas\.microsoft\.com\/windows\/2004\/02\/mit\/task$/,
  },
  children: {
    RegistrationInfo: { children: { Author: text, Description: text } },
    Triggers: {
      children: {
        BootTrigger: {
          sequence: true,
          children: {
            Enabled: truth,
            Repetition: { children: { Interval: duration, StopAtDurationEnd: truth } },
            ExecutionTimeLimit: duration,
            Delay: duration,
          },
        },
      },
    },
    Principals: {
      children: {
        Principal: {
          attributes: { id: /^\w+$/ },
          children: {
            UserId: text,
            LogonType: /^(?:S4U|Password|InteractiveToken|InteractiveTokenOrPassword)$/,
            RunLevel: /^(?:LeastPrivilege|HighestAvailable)$/,
          },
        },
      },
    },
    Settings: {
      children: {
        AllowStartOnDemand: truth,
        RestartOnFailure: {
          children: { Interval: duration, Count: /^(?:[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])$/ },
        },
        MultipleInstancesPolicy: /^(?:Parallel|Queue|IgnoreNew|StopExisting)$/,
        DisallowStartIfOnBatteries: truth,
        StopIfGoingOnBatteries: truth,
        AllowHardTerminate: truth,
        StartWhenAvailable: truth,
        RunOnlyIfNetworkAvailable: truth,
        WakeToRun: truth,
        Enabled: truth,
        Hidden: truth,
        IdleSettings: { children: { StopOnIdleEnd: truth, RestartOnIdle: truth } },
        ExecutionTimeLimit: duration,
        Priority: /^(?:\d|10)$/,
        RunOnlyIfIdle: truth,
      },
    },
    Actions: {
      attributes: { Context: /^\w+$/ },
      children: { Exec: { children: { Command: text, Arguments: text, WorkingDirectory: text } } },
    },
  },
};

function complaints(element: Element, shape: Shape, path: string): string[] {
  const children = Array.from(element.childNodes).filter((node): node is Element => node.nodeType === 1);
  if (shape instanceof RegExp) {
    return children.length === 0 && shape.test(element.textContent ?? '')
      ? []
      : [`${path}: ${element.textContent}`];
  }
  const names = children.map((child) => child.tagName);
  const known = Object.keys(shape.children);
  const inOrder = names.toSorted((a, b) => known.indexOf(a) - known.indexOf(b));
  return [
    ...(new Set(names).size === names.length ? [] : [`${path}: an element twice`]),
    ...(shape.sequence === true && inOrder.join() !== names.join() ? [`${path}: wrong order`] : []),
    ...Array.from(element.attributes).flatMap(({ name, value }) =>
      shape.attributes?.[name]?.test(value) === true ? [] : [`${path}@${name}`],
    ),
    ...children.flatMap((child) => {
      const inner = shape.children[child.tagName];
      const where = `${path}/${child.tagName}`;
      return inner === undefined ? [`${where}: not in the schema`] : complaints(child, inner, where);
    }),
  ];
}

function parse(xml: string): Element {
  const errors: string[] = [];
  const document = new DOMParser({
    errorHandler: (level: string, message: string) => errors.push(`${level}: ${message}`),
  }).parseFromString(xml, 'text/xml');
  expect(errors).toEqual([]);
  return document.documentElement!;
}

function valueOf(root: Element, name: string): string | undefined {
  return root.getElementsByTagName(name)[0]?.textContent ?? undefined;
}

const windows = {
  program: ['C:\\Program Files\\TenantKeep\\node.exe', 'C:\\Program Files\\TenantKeep\\resources\\cli.js'],
  home: 'C:\\ProgramData\\Tenant Keep & Sons\\',
  account: 'CONTOSO\\backup',
};

describe('task definition', () => {
  it('is well-formed and within the published schema', () => {
    expect(complaints(parse(taskDefinition(aDefinition(windows))), taskShape, 'Task')).toEqual([]);
  });

  it('would be outside the schema with more restarts than it allows', () => {
    const wrong = taskDefinition(aDefinition(windows)).replace('<Count>255<', '<Count>999<');
    expect(complaints(parse(wrong), taskShape, 'Task')).toEqual([
      'Task/Settings/RestartOnFailure/Count: 999',
    ]);
  });

  it('starts at boot, has no limit of time, restarts on failure and does not mind a battery', () => {
    const root = parse(taskDefinition(aDefinition(windows)));
    expect(root.getElementsByTagName('BootTrigger')).toHaveLength(1);
    expect(root.getElementsByTagName('LogonTrigger')).toHaveLength(0);
    expect(valueOf(root, 'ExecutionTimeLimit')).toBe('PT0S');
    expect(valueOf(root, 'RestartOnFailure')?.replaceAll(/\s+/g, ' ').trim()).toBe('PT1M 255');
    expect(valueOf(root, 'DisallowStartIfOnBatteries')).toBe('false');
    expect(valueOf(root, 'StopIfGoingOnBatteries')).toBe('false');
    expect(valueOf(root, 'MultipleInstancesPolicy')).toBe('IgnoreNew');
  });

  it('quotes arguments as Windows takes them apart, a closing backslash included', () => {
    const root = parse(taskDefinition(aDefinition(windows)));
    expect(valueOf(root, 'Command')).toBe(windows.program[0]);
    expect(valueOf(root, 'Arguments')).toBe(
      String.raw`"C:\Program Files\TenantKeep\resources\cli.js" service run --home "C:\ProgramData\Tenant Keep & Sons\\"`,
    );
  });

  it("signs a person's account in with its password, and an account of Windows without one", () => {
    const person = parse(taskDefinition(aDefinition(windows)));
    expect([valueOf(person, 'UserId'), valueOf(person, 'LogonType')]).toEqual([
      'CONTOSO\\backup',
      'Password',
    ]);
    const builtIn = parse(
      taskDefinition(aDefinition({ ...windows, account: 'NT AUTHORITY\\Local Service' })),
    );
    expect([valueOf(builtIn, 'UserId'), valueOf(builtIn, 'LogonType')]).toEqual(['S-1-5-19', undefined]);
  });
});
