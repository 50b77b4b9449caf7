// Clients at work for a while: the same as drive.rs, whose comments hold here too.

import { readFileSync } from 'node:fs'
import { createHistogram } from 'node:perf_hooks'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import * as store from './store.js'

const TIMER = 1
const BEHIND = 20_000
const MIX = [['by_email', 10], ['cursor_first', 10], ['post', 10], ['update', 10], ['insert', 5], ['write_first', 5]]

const operations = {
  by_id: (db, { id }) => store.byId(db, id),
  by_email: (db, { email }) => store.byEmail(db, email),
  page: (db) => store.page(db),
  cursor_first: (db) => store.after(db),
  cursor_far: (db, { far }) => store.after(db, far),
  insert: (db, { email, names }) => store.insert(db, { email, name: names[0] }),
  update: (db, { id, names }) => store.update(db, id, names[0]),
  delete: (db, { id }) => store.remove(db, id),
  write_first: (db, { id, names }) => store.writeFirst(db, id, names),
  read_first: (db, { id, names }) => store.readFirst(db, id, names[0]),
  post: (db, { id }) => store.post(db, id),
}

export function operation(db, workload, given) {
  return operations[workload](db, given)
}

const any = (list) => list[Math.floor(Math.random() * list.length)]
const name = () => `User ${randomBytes(8).toString('hex')}`

function mixed() {
  let left = Math.floor(Math.random() * 100)
  for (const [workload, share] of MIX) {
    if (left < share) return workload
    left -= share
  }
  return 'by_id'
}

function draw(workload, sample, victims) {
  const [user, address] = any(sample.users)
  let id = user
  if (workload === 'post') id = any(sample.posts)
  if (workload === 'delete') id = victims.pop()
  const email = workload === 'insert' ? `${randomBytes(16).toString('hex')}@example.com` : address
  return { id, email, names: [name(), name()], far: sample.far }
}

export async function drive(db, file, load) {
  const sample = JSON.parse(readFileSync(file))
  const victims = load.victims ? JSON.parse(readFileSync(load.victims)) : []
  const latencies = createHistogram({ figures: 3 })
  let counted = 0
  let failures = 0
  const begin = performance.now()
  const countedFrom = begin + load.warmUpMilliseconds
  const end = countedFrom + load.milliseconds
  const pause = load.perSecond === null ? 0 : (load.clients * 1000) / load.perSecond

  async function client(number) {
    let due = begin + (pause * number) / load.clients
    for (;;) {
      let started = performance.now()
      if (pause) {
        const now = started
        started = due
        due += pause
        if (started > now) {
          await sleep(started - now)
          started = Math.max(started, Math.min(performance.now(), started + TIMER))
        }
        if (started + BEHIND < now) throw new Error('the operations are 20 s behind the times they were due')
      }
      if (started >= end) return
      const workload = load.workload === 'mixed' ? mixed() : load.workload
      try {
        await operation(db, workload, draw(workload, sample, victims))
      } catch (error) {
        if (!load.tolerant) throw error
        failures += 1
        continue
      }
      const ended = performance.now()
      if (pause ? started >= countedFrom : ended >= countedFrom && ended < end) {
        counted += 1
        latencies.record(Math.max(1, Math.round((ended - started) * 1000)))
      }
    }
  }

  await Promise.all(Array.from({ length: load.clients }, (_, number) => client(number)))
  const at = (part) => (counted ? latencies.percentile(part) : 0)
  return { operations: counted, failures, p50: at(50), p95: at(95), p99: at(99), max: counted ? latencies.max : 0 }
}
