// The peer's process: does what it is told, line by line, as child.rs does.

import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

import { drive, operation } from './drive.js'
import { serve } from './service.js'
import { bulk, connect } from './store.js'

const { values } = parseArgs({
  options: { url: { type: 'string' }, connections: { type: 'string' }, sample: { type: 'string' } },
})
const db = connect(values.url, Number(values.connections))
let prepared = []

async function answer(task) {
  if (task.run) return { ran: await drive(db, values.sample, task.run) }
  if (task.show) {
    const [workload, given] = task.show
    return { shown: await operation(db, workload, given) }
  }
  if (task.prepare) {
    const { rows, prefix } = task.prepare
    prepared = Array.from({ length: rows }, (_, n) => ({ email: `${prefix}${n}@example.com`, name: `User ${n}` }))
    return 'done'
  }
  if (task === 'bulk') {
    await bulk(db, prepared)
    prepared = []
    return 'done'
  }
  if (task === 'serve') return { serving: await serve(db) }
  throw new Error('an unknown task')
}

for await (const line of createInterface({ input: process.stdin })) {
  const answered = await answer(JSON.parse(line)).catch((error) => {
    const cause = error.cause ? `: ${error.cause.message}` : ''
    return { failed: error.message.slice(0, 300) + cause }
  })
  process.stdout.write(JSON.stringify(answered) + '\n')
}
// The pool would keep it alive.
process.exit(0)
