import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../main/cli/program.ts';
import {
  createDocumentWorld,
  startSharedParts,
  type DocumentWorld,
  type SharedParts,
} from './document-world.ts';
import {
  blocksOf,
  inlineCodeOf,
  linkedFilesOf,
  parseCommandLine,
  readDocument,
  root,
  type CommandLine,
} from './read-document.ts';

/**
 * Every command in the documents is executed: as it stands there, in the order in which it stands there, in one home
 * for each document, with the built command line against a real server, the simulator and a real mail server. What a
 * reader would put in place of an example stands in `asTheReaderWould`; what cannot be run here again stands in
 * `executedElsewhere` with the test that does it.
 */
const guides = readdirSync(join(root, 'docs')).map((name) => `docs/${name}`);
const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'ARCHITECTURE.md', ...guides];

interface Elsewhere {
  command: RegExp;
  /** The test that executes it. */
  by: string;
  /** What it leaves behind for the commands after it. */
  leaves?: (world: DocumentWorld) => Promise<void>;
}

const drill = 'test/drill/disaster-drill.test.ts';
const executedElsewhere: Elsewhere[] = [
  { command: /^npm ci$/, by: 'package.json' },
  { command: /^npm test$/, by: 'package.json' },
  { command: /^npm run check$/, by: 'package.json' },
  { command: /^npm run demo -- --once --json$/, by: 'test/cli/demo.test.ts' },
  // Needs a feed, and a copy that was built from its sources has none.
  { command: /^tenantkeep updates check$/, by: 'test/cli/updates.test.ts' },
  { command: /^pg_dumpall --roles-only --file \S+$/, by: drill },
  {
    command: /^pg_dump --format=custom --file \S+ tenantkeep$/,
    by: drill,
    // A copy by the server, and something that happens after it.
    leaves: async (world) => {
      await world.administer(['create database tenantkeep_dump template tenantkeep']);
      for (const line of [
        'tenantkeep technicians add --name "Late Comer" --administrator --connection-file late.connection',
        'tenantkeep audit verify',
      ]) {
        const { exitCode, stderr } = await world.run(parseCommandLine(line));
        if (exitCode !== 0) throw new Error(`${line}: ${stderr}`);
      }
    },
  },
  { command: /^psql --file \S+ postgres$/, by: drill },
  {
    command: /^createdb .*\btenantkeep$/,
    by: drill,
    leaves: (world) => world.administer(['drop database tenantkeep with (force)']),
  },
  {
    command: /^pg_restore --dbname tenantkeep \S+$/,
    by: drill,
    leaves: (world) => world.administer(['alter database tenantkeep_dump rename to tenantkeep']),
  },
];

/** Commands that end otherwise than with 0 where they stand, because the document says so. */
const otherEnds: { document: string; block: RegExp; command: string; exitCode: number; says: string }[] = [
  {
    document: 'docs/operator-guide.md',
    block: /backup-sets verify/,
    command: 'tenantkeep audit verify',
    exitCode: 5,
    says: 'an older copy of the database was put back',
  },
];

/** Commands that need a host beside them. */
const besideAHost = /^tenantkeep (?:service status|notifications test)\b/;

async function asTheReaderWould(command: CommandLine, world: DocumentWorld): Promise<CommandLine> {
  const { simulator, mail } = world.parts;
  const tenant = simulator.tenants[0]!;
  const values: Record<string, string> = {
    '--tenant-id': tenant.tenantGuid,
    '--client-id': tenant.clientId,
    '--smtp': `127.0.0.1:${mail.port}`,
    // The mail server of the tests is on this computer and speaks no TLS.
    '--smtp-security': 'none',
  };
  const words: string[] = [];
  for (const [index, word] of command.words.entries()) {
    if (word === '3f2a9c1e') words.push(await newestRun(world));
    else if (word === '7d41b0aa') words.push(await newestImport(world));
    else words.push(values[command.words[index - 1] ?? ''] ?? word);
  }
  if (words.slice(1, 3).join(' ') === 'tenants connect') {
    words.push('--cloud', 'custom', '--graph-url', simulator.graphUrl);
    words.push('--login-url', simulator.loginUrl, '--ca-file', simulator.caFile!);
  }
  return {
    words,
    environment: {
      ...Object.fromEntries(
        Object.entries(command.environment).map(([name, value]) => [name, onOurServer(value, world)]),
      ),
      // The colleague has a computer of their own, on which no variable names a database.
      ...(/^sign-(?:in|out)$/.test(words[1] ?? '') && {
        TENANTKEEP_HOME: join(world.directory, 'home-of-rita'),
        TENANTKEEP_DATABASE_URL: '',
      }),
    },
  };
}

async function newestRun(world: DocumentWorld): Promise<string> {
  const { json } = await world.run(parseCommandLine('tenantkeep runs list --json'));
  return (json as { runs: { id: string }[] }).runs[0]!.id.slice(0, 8);
}

async function newestImport(world: DocumentWorld): Promise<string> {
  const { json } = await world.run(parseCommandLine('tenantkeep backup-sets list --json'));
  return (json as { imports: { id: string }[] }).imports[0]!.id.slice(0, 8);
}

function onOurServer(text: string, world: DocumentWorld): string {
  return text.replaceAll('db.example.com:5432', new URL(world.location).host);
}

async function execute(line: string, document: string, block: string, world: DocumentWorld): Promise<void> {
  const elsewhere = executedElsewhere.find(({ command }) => command.test(line));
  if (elsewhere !== undefined) return elsewhere.leaves?.(world);
  const command = await asTheReaderWould(parseCommandLine(line), world);
  if (command.words[0] !== 'tenantkeep') {
    throw new Error(`"${line}" is executed by no test. Execute it, or name the test that does.`);
  }
  if (command.words.slice(1, 3).join(' ') === 'service run') {
    await world.withService(command.words.slice(1), async (printed) => {
      const address = /^Console: (\S+)$/m.exec(printed)?.[1];
      expect((await fetch(address!)).status).toBe(200);
    });
    return;
  }
  const other = otherEnds.find(
    (each) => each.document === document && each.command === line && each.block.test(block),
  );
  const check = async (): Promise<void> => {
    const { exitCode, stdout, stderr } = await world.run(command);
    const expected = other?.exitCode ?? 0;
    if (exitCode !== expected)
      throw new Error(`It ended with ${exitCode}, not ${expected}:\n${stdout}${stderr}`);
    if (other !== undefined) expect(stdout).toContain(other.says);
  };
  if (besideAHost.test(line)) await world.withService(['service', 'run'], check);
  else await check();
}

describe('the commands of', () => {
  let parts: SharedParts;
  const worlds: Record<string, DocumentWorld> = {};

  beforeAll(async () => {
    parts = await startSharedParts();
    worlds['README.md'] = await createDocumentWorld(parts, 'ready');
    worlds['docs/user-guide.md'] = await createDocumentWorld(parts, 'ready');
    worlds['docs/operator-guide.md'] = await createDocumentWorld(parts, 'empty server');
  }, 180_000);
  afterAll(async () => {
    for (const world of Object.values(worlds)) await world.remove();
    await parts?.close();
  });

  const withBlocks = documents.filter((document) =>
    blocksOf(readDocument(document)).some(({ language }) => language !== ''),
  );
  describe.each(withBlocks)('%s', (document) => {
    const blocks = blocksOf(readDocument(document));
    for (const { language, line, lines } of blocks) {
      const text = lines.join('\n');
      if (language === 'sh') {
        lines.forEach((command, index) => {
          it(
            `line ${line + index}: ${command}`,
            () => execute(command, document, text, worlds[document]!),
            120_000,
          );
        });
      } else if (language === 'sql') {
        it(`line ${line}: statements`, async () => {
          const password = text.replace('choose one', 'password');
          await worlds[document]!.administer(password.split(';').filter((one) => one.trim() !== ''));
        });
      } else if (language === 'json') {
        it(`line ${line}: config.json`, async () => {
          const world = worlds[document]!;
          await writeFile(join(world.home, 'config.json'), onOurServer(text, world));
        });
      } else if (language !== '') {
        it(`line ${line}: a block of ${language}`, () => {
          expect.unreachable('Only sh, sql and json can be executed.');
        });
      }
    }
  });

  it('what is executed elsewhere names a test that is there, and is still in a document', () => {
    const lines = documents.flatMap((document) =>
      blocksOf(readDocument(document)).flatMap(({ language, lines }) => (language === 'sh' ? lines : [])),
    );
    for (const { command, by } of executedElsewhere) {
      expect({ by, there: existsSync(join(root, by)) }).toEqual({ by, there: true });
      expect(lines.filter((line) => command.test(line))).not.toEqual([]);
    }
  });
});

describe('what the documents name', () => {
  const program = createProgram({ code: 0 }, new AbortController().signal);
  const scripts = Object.keys(
    (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }).scripts,
  );
  const readmes = ['main', 'shared', 'renderer', 'migrations', 'assets', 'test']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
        (name) => `${folder}/${name}`,
      ),
    )
    .filter((name) => name.endsWith('README.md'));

  it.each([...documents, 'CHANGELOG.md', ...readmes])('%s links to files that are there', (document) => {
    const missing = linkedFilesOf(readDocument(document)).filter(
      (target) => !existsSync(join(root, dirname(document), target)),
    );
    expect(missing).toEqual([]);
  });

  it.each([...documents, 'CHANGELOG.md'])('%s names folders and files that are there', (document) => {
    const paths = inlineCodeOf(readDocument(document)).filter((code) =>
      /^(?:main|shared|renderer|preload|migrations|test|assets|docs)\/[\w./-]*$/.test(code),
    );
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it.each([...documents, 'CHANGELOG.md'])('%s names commands and options that exist', (document) => {
    const wrong = inlineCodeOf(readDocument(document)).flatMap((code) => {
      const words = /(?:^|\s)tenantkeep (.*)$/.exec(code)?.[1]?.split(' ');
      const complaint = words === undefined ? null : complaintAbout(words, program);
      return complaint === null ? [] : [`${code}: ${complaint}`];
    });
    expect(wrong).toEqual([]);
  });

  it.each(documents)('%s names npm scripts that exist', (document) => {
    const named = [...readDocument(document).matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });

  it('names metrics that are served', () => {
    const source = readFileSync(join(root, 'main/service-health/metrics.ts'), 'utf8');
    const named = documents
      .flatMap((document) => inlineCodeOf(readDocument(document)))
      .flatMap((code) => /^tenantkeep_(\w+_(?:seconds|total|overdue|alive|up))$/.exec(code)?.[1] ?? []);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !source.includes(`${name}'`))).toEqual([]);
  });

  it('has each guide linked from the README', () => {
    expect(linkedFilesOf(readDocument('README.md'))).toEqual(expect.arrayContaining(guides));
  });
});

/** What is wrong with the words after `tenantkeep`; null when each is a command or option that exists. */
function complaintAbout(words: readonly string[], program: Command): string | null {
  let command = program;
  for (const word of words) {
    if (word.startsWith('--')) {
      const known = [...command.options, ...program.options].some(({ long }) => long === word);
      if (!known && word !== '--help') return `no option ${word}`;
    } else if (command.commands.length > 0) {
      const next = command.commands.find((each) => each.name() === word);
      if (next === undefined) return `no command ${word}`;
      command = next;
    }
  }
  return null;
}
