// The adapters there are. Written by hand: a new one is a folder and a line here.
import { consulate } from './consulate/index.ts'
import type { Adapter } from './contract.ts'
import { gecco } from './gecco/index.ts'
import { reference } from './reference/index.ts'
import { set } from './set/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: each adapter has settings of its own; the directory parses them with the adapter's schema
export const adapters: ReadonlyMap<string, Adapter<any>> = new Map(
  // biome-ignore lint/suspicious/noExplicitAny: as above
  ([consulate, gecco, reference, set] as Adapter<any>[]).map(adapter => [adapter.name, adapter])
)
