// The file of checkpoints on a disk that is full: what was filed stays, and half a line is taken back.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { assertWritable, fileCheckpoint, fileSize, readFiledCheckpoints } from '../../src/store/checkpoint-file.ts'

const folder = await mkdtemp(join(tmpdir(), 'jisr-checkpoint-file-'))
afterAll(() => rm(folder, { recursive: true, force: true }))
const module = fileURLToPath(new URL('../../src/store/checkpoint-file.ts', import.meta.url))
const filed = (at: string) => ({ at, checkpoint: 'x'.repeat(300) })

test('a line that finds no room is refused and leaves nothing behind, and the next one that has room is filed', async () => {
  const path = join(folder, 'checkpoints.jsonl')
  await fileCheckpoint(path, filed('1'))
  const before = await readFile(path, 'utf8')
  // No file of this process may grow beyond one block of 512 bytes: the second line is cut off, as on a disk that is full.
  const second = `import(${JSON.stringify(module)}).then(({ fileCheckpoint }) => fileCheckpoint(${JSON.stringify(path)}, ${JSON.stringify(filed('2'))}))
    .then(() => console.log('filed'), error => console.log(error.message))`
  const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -f 1; exec "$0" -e "$1"', process.execPath, second])
  expect(stdout).toMatch(`CHECKPOINT_FILE: ${path} cannot be written (EFBIG)`)
  expect(await readFile(path, 'utf8')).toBe(before)
  await fileCheckpoint(path, filed('3'))
  const lines: (string | undefined)[] = []
  for await (const { filed: line } of readFiledCheckpoints(path, await fileSize(path))) lines.push(line?.at)
  expect(lines).toEqual(['1', '3'])
})

test('a path that no checkpoint can be filed at is refused before it is needed, by its setting and with what to do, and nothing is made', async () => {
  const before = await readdir(folder)
  for (const [path, code] of [
    [folder, 'EISDIR'],
    [join(folder, 'checkpoints.jsonl', 'c.jsonl'), 'ENOTDIR'],
    ['/dev/null', 'EINVAL']
  ] as const)
    await expect(assertWritable(path)).rejects.toThrow(
      `CHECKPOINT_FILE: ${path} cannot be written (${code}), and no checkpoint of the evidence log could be filed. Name a file`
    )
  for (const path of ['checkpoints.jsonl', 'new.jsonl', join('new', 'folder', 'c.jsonl')]) await assertWritable(join(folder, path))
  expect(await readdir(folder)).toEqual(before)
})
