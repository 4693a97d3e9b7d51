// The queue's promises on PostgreSQL.
import { queueBehaviour } from './behaviour.ts'
import { startPostgres } from './servers.ts'

queueBehaviour('PostgreSQL', startPostgres)
