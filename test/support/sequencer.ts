// In which order the files of tests begin.
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Those that take longest first, so that a run does not end with one of them alone; campaigns, which compute, beside queues, which wait. */
const longest = [
  'journeys/demo-faults',
  'queue/redis',
  'journeys/demo',
  'queue/postgres',
  'journeys/demo-kept',
  'faults/workers',
  'roles/command',
  'faults/servers',
  'roles/start',
  'examples/operator',
  'roles/interrupted',
  'journeys/imports',
  'adapters/gecco',
  'examples/trying-it'
].map(name => `test/${name}.test.ts`)

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification) => {
      const place = longest.findIndex(name => moduleId.endsWith(name))
      return place === -1 ? longest.length : place
    }
    return (await super.sort(files)).toSorted((a, b) => rankOf(a) - rankOf(b))
  }
}
