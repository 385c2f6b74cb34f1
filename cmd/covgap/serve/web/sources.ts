import {createHash} from 'node:crypto';
import {readFileSync, readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';

// What the page and the report's script are built from. A Go test computes the same digest
// and compares it with the ones in what was built, so that one that was not built again is
// found.
const sources = ['index.html', 'package.json', 'package-lock.json', 'sources.ts', 'tsconfig.json', 'vite.config.ts', 'vite.report.config.ts', 'src'];

function files(path: string): string[] {
  return statSync(path).isDirectory() ? readdirSync(path).sort().flatMap((name) => files(join(path, name))) : [path];
}

export function digest(): string {
  const hash = createHash('sha256');
  for (const file of sources.flatMap(files)) hash.update(`${file.replaceAll('\\', '/')}\n${createHash('sha256').update(readFileSync(file)).digest('hex')}\n`);
  return hash.digest('hex');
}
