// How a demo ends that is stopped before its end: with one sentence and 130, also while it is still being read from the disk.

/** `scripts/run.mjs` says the same of a demo that was not even begun. */
export const stoppedEarly = '\nStopped before the end. Everything is kept: the same command goes on where this one was.\n'

/** A script must not take this for success. */
export const stoppedEarlyCode = 130

/** Ends the process at the first signal, since nothing is open yet. @returns what takes this back, for whoever has taken charge of signals by then: where nobody listens, one that is just arriving is lost */
export const endAtSignals = (): (() => void) => {
  const end = () => {
    process.stderr.write(stoppedEarly)
    process.exit(stoppedEarlyCode)
  }
  for (const signal of signals) process.on(signal, end)
  return () => {
    for (const signal of signals) process.off(signal, end)
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
