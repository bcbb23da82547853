import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readLogTail } from '../../main/logging/read-log-tail.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenantkeep-log-'));
});
afterEach(() => rm(directory, { recursive: true }));

const write = async (name: string, text: string, ageMinutes: number) => {
  const file = join(directory, name);
  await writeFile(file, text);
  const at = Date.now() / 1000 - ageMinutes * 60;
  await utimes(file, at, at);
};
const tail = (lines: number) => readLogTail(join(directory, 'service.log'), lines);

it('answers the last lines of the newest file of that log', async () => {
  await write('service.1.log', '{"message":"old"}\n', 30);
  await write('service.2.log', '{"message":"a"}\n{"message":"b"}\n{"message":"c"}\n', 5);
  await write('cli.3.log', '{"message":"other"}\n', 0);
  expect(await tail(2)).toEqual({
    file: join(directory, 'service.2.log'),
    lines: ['{"message":"b"}', '{"message":"c"}'],
  });
});

it('scrubs again what an older version may have let through', async () => {
  await write('service.1.log', '{"message":"postgres://me:hunter2secret@db/x","other":"sig=abcdefgh"}\n', 0);
  const [line] = (await tail(10))!.lines;
  expect(line).not.toContain('hunter2secret');
  expect(line).not.toContain('abcdefgh');
});

it('begins with a whole line where the file is longer than what is read', async () => {
  await write('service.1.log', `${'x'.repeat(600_000)}\n{"message":"last"}\n`, 0);
  expect((await tail(10))!.lines).toEqual(['{"message":"last"}']);
});

it('is null before anything was written', async () => {
  expect(await tail(10)).toBeNull();
  expect(await readLogTail(join(directory, 'nowhere', 'service.log'), 10)).toBeNull();
});
