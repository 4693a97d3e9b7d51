import { expect, test } from 'vitest'
import { explain } from '../../../src/store/embedded/explain.ts'

const outputs: [string, string, RegExp][] = [
  ['a full disk', 'FATAL:  could not write lock file "postmaster.pid": No space left on device', /\/data is full\. Free at least 500 MB/],
  ['a full disk seen by Node', "Error: ENOSPC: no space left on device, mkdir '/data/new-x'", /is full/],
  [
    'a disk that fills while the cluster is made',
    'FATAL:  could not extend file "base/1/2691": wrote only 4096 | HINT:  Check free disk space.',
    /is full/
  ],
  [
    'a missing library',
    '/x/postgres: error while loading shared libraries: libstdc++.so.6: cannot open shared object file: No such file or directory',
    /lacks the library libstdc\+\+\.so\.6.*Install/
  ],
  ['another C library', 'Error: spawn /x/native/bin/postgres ENOENT', /GNU C library.*Debian/],
  ['another version', 'FATAL:  database files are incompatible with server', /another version/],
  ['too little memory', 'FATAL:  could not map anonymous shared memory: Cannot allocate memory', /too little memory/],
  [
    'a read-only file system',
    'initdb: error: could not create directory "/data/cluster": Read-only file system',
    /read-only.*Choose another folder/
  ],
  ['no permission', 'initdb: error: could not access directory "/data": Permission denied', /may not use \/data/],
  ['an open data folder', 'FATAL:  data directory "/data/cluster" has invalid permissions', /chmod -R go-rwx/]
]

for (const [name, output, said] of outputs) {
  test(`${name} is told with what to do`, () => {
    expect(explain(output, '/data')).toMatch(said)
  })
}

test('words that nobody foresaw are passed on, the last ones, with where to read the rest', () => {
  const output = Array.from({ length: 100 }, (_, index) => `line ${index}`).join('\n')
  const text = explain(output, '/data')
  expect(text).toContain('/data/server.log')
  expect(text).toContain('line 99')
  expect(text).not.toContain('line 50')
})
