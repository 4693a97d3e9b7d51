// How far a long run has come, stage by stage: bars in a terminal, a plain line now and then elsewhere, nothing when the output is for a machine.
import { MultiBar, Presets, type SingleBar } from 'cli-progress'

export interface Stage {
  /** `done` of the stage's total; never goes back, and never beyond the total. */
  reach(done: number): void
  /** More or less to do than was thought. */
  expect(total: number): void
}

export interface Progress {
  /** `name` as people read it, `total` things to do. */
  stage(name: string, total: number): Stage
  /** A line of its own above the bars. */
  say(text: string): void
  /** Leaves the terminal as it is. Further calls do nothing. */
  stop(): void
}

export interface ProgressOptions {
  stream: NodeJS.WriteStream
  /** Nothing at all is written. */
  isSilent: boolean
  /** Shortest time between two plain lines of one stage. */
  plainEveryMs?: number
  now?: () => number
}

/** Bars when `stream` is a terminal, lines when it is not. Errors and results are not progress: write them elsewhere. */
export const openProgress = (options: ProgressOptions): Progress => {
  if (options.isSilent) return silent
  return options.stream.isTTY ? withBars(options.stream) : withLines(options)
}

const silent: Progress = { stage: () => ({ reach: () => {}, expect: () => {} }), say: () => {}, stop: () => {} }

const nameWidth = 34

const withBars = (stream: NodeJS.WriteStream): Progress => {
  const bars = new MultiBar(
    {
      stream,
      format: '{name} {bar} {percentage}%  {value}/{total}  {duration_formatted}',
      barsize: 28,
      hideCursor: true,
      fps: 8,
      forceRedraw: true,
      autopadding: true,
      emptyOnZero: true,
      gracefulExit: false
    },
    Presets.shades_classic
  )
  let isStopped = false
  return {
    stage: (name, total) => {
      const bar = bars.create(total, 0, { name: name.padEnd(nameWidth).slice(0, nameWidth) })
      return isStopped ? { reach: () => {}, expect: () => {} } : barStage(bar, total, () => isStopped)
    },
    say: text => {
      if (isStopped) return
      bars.log(`${text}\n`)
      bars.update()
    },
    stop: () => {
      if (isStopped) return
      isStopped = true
      bars.stop()
    }
  }
}

const barStage = (bar: SingleBar, total: number, isOver: () => boolean): Stage => {
  const counter = countUp(total)
  return {
    reach: done => {
      if (counter.reach(done) && !isOver()) bar.update(counter.done)
    },
    expect: more => {
      counter.total = more
      if (!isOver()) bar.setTotal(more)
    }
  }
}

const withLines = ({ stream, plainEveryMs = 2000, now = Date.now }: ProgressOptions): Progress => {
  let isStopped = false
  const write = (text: string) => {
    if (!isStopped) stream.write(`${text}\n`)
  }
  return {
    stage: (name, total) => {
      const counter = countUp(total)
      let toldAt = Number.NEGATIVE_INFINITY
      const tell = () => {
        toldAt = now()
        write(`${name}: ${counter.done} of ${counter.total}`)
      }
      return {
        reach: done => {
          if (counter.reach(done) && (counter.done === counter.total || now() - toldAt >= plainEveryMs)) tell()
        },
        expect: more => {
          counter.total = more
        }
      }
    },
    say: write,
    stop: () => {
      isStopped = true
    }
  }
}

/** `reach` is true when the count moved: a late report of less is no step back. */
const countUp = (total: number) => ({
  total,
  done: 0,
  reach(done: number): boolean {
    const next = Math.min(done, this.total)
    if (next <= this.done) return false
    this.done = next
    return true
  }
})
