// jisr keys: our own signing keys and the master key.
import type { Command } from 'commander'
import { condemnSigningKey, rewrapKeys, rotateSigningKey, signingUses } from '../../flow/rotate-keys.ts'
import { drawNextKey, useNextKey } from '../../flow/wrapping-keys.ts'
import { listSigningKeys } from '../../store/keys.ts'
import { signingAlgorithms } from '../../trust/keys.ts'
import { drawMasterKey } from '../../trust/master-key.ts'
import { tableLines } from '../table.ts'
import { type CommonOptions, type Run, reasonText, said, UsageError } from './session.ts'

/** Adds `keys` to the program. */
export const addKeyCommands = (program: Command, run: Run): void => {
  const keys = program.command('keys').description('our own keys')
  keys
    .command('master')
    .description('draws a master key and prints it: (umask 077; jisr keys master > file)')
    .action(() => {
      if (process.stdout.isTTY) throw new UsageError('a master key is not for the screen: (umask 077; jisr keys master > file)')
      process.stdout.write(`${drawMasterKey()}\n`)
    })
  keys
    .command('list')
    .description('our signing keys and those of our channels')
    .action((options: CommonOptions) =>
      run(options, async ({ house }) => {
        const now = new Date()
        const rows = (await listSigningKeys(house.database)).map(row => ({
          kid: row.kid,
          use: row.use,
          algorithm: row.algorithm,
          state:
            row.compromisedAt !== null
              ? 'compromised'
              : row.retiredAt !== null && row.retiredAt <= now
                ? 'retired'
                : row.activeFrom > now
                  ? 'published'
                  : row.retiredAt === null
                    ? 'in use'
                    : 'retiring',
          activeFrom: row.activeFrom.toISOString(),
          retiredAt: row.retiredAt?.toISOString() ?? null,
          partner: row.partnerId
        }))
        return {
          json: rows,
          lines: tableLines(
            ['use', 'state', 'signs from', 'until', 'partner', 'kid'],
            rows.map(row => [row.use, row.state, row.activeFrom, row.retiredAt ?? '', row.partner ?? '', row.kid])
          )
        }
      })
    )
  keys
    .command('rotate <use>')
    .description('a new key for set (what we send), token (access) or log (evidence): published now, in use in an hour')
    .option('--algorithm <name>', 'for streams that asked for it: PS256 or EdDSA', 'ES256')
    .requiredOption('--reason <text>', 'why, for the audit', reasonText)
    .action((use: string, options: CommonOptions & { algorithm: string; reason: string }) =>
      run(options, async ({ house, by }) => {
        const known = signingUses.find(one => one === use)
        if (known === undefined) throw new UsageError(`there are keys for ${signingUses.join(', ')}, not for ${use}`)
        const algorithm = signingAlgorithms.find(one => one === options.algorithm)
        if (algorithm === undefined) throw new UsageError(`we sign with ${signingAlgorithms.join(', ')}, not with ${options.algorithm}`)
        const { kid, activeFrom } = await rotateSigningKey(house, known, { algorithm, actor: by, reason: options.reason })
        return said(`The ${known} key ${kid} signs from ${activeFrom.toISOString()}.`, { kid, activeFrom: activeFrom.toISOString() })
      })
    )
  keys
    .command('compromised <kid>')
    .description('a key of ours for set, token or log got out: it stops to count at once, and a new one signs')
    // A thumbprint may begin with a dash.
    .allowUnknownOption()
    .requiredOption('--reason <text>', 'what happened, for the audit', reasonText)
    .action((kid: string, options: CommonOptions & { reason: string }) =>
      run(options, async ({ house, by }) => {
        const fresh = await condemnSigningKey(house, kid, { actor: by, reason: options.reason })
        const sets = fresh.use === 'set' ? ` ${fresh.resigned} events that were not acknowledged go out again, signed by it.` : ''
        return said(
          `The key ${kid} counts no more; ${fresh.kid} signs from now on.${sets} Tell every receiver to fetch our keys again.`,
          fresh
        )
      })
    )
  keys
    .command('rewrap')
    .description('wraps every data key by the current master key, so that the former ones can go')
    .requiredOption('--reason <text>', 'why, for the audit', reasonText)
    .action((options: CommonOptions & { reason: string }) =>
      run(options, async ({ house, by }) => {
        await useNextKey(house.database, by, options.reason)
        const rewrapped = await rewrapKeys(house, await house.masterKeys.fresh(), by, options.reason)
        const former = 'once this says 0 and everything runs on the new key, the former is not needed: empty FORMER_MASTER_KEY_FILES'
        return said(`${rewrapped} data keys are wrapped anew; ${former} or FORMER_MASTER_KEY_COMMAND.`, { rewrapped })
      })
    )
  keys
    .command('next')
    .description(
      'with MASTER_KEY_COMMAND: has the key service wrap a new key, which jisr keys rewrap makes the current one half a minute later'
    )
    .requiredOption('--reason <text>', 'why, for the audit', reasonText)
    .action((options: CommonOptions & { reason: string }) =>
      run(options, async ({ house, by }) => {
        const next = await drawNextKey(house.database, house.masterKeys.source, by, options.reason)
        return said(`The key ${next} is known to every process; in half a minute: jisr keys rewrap --reason "…"`, { next })
      })
    )
}
