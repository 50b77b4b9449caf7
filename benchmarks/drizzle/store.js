// The operations of the workloads, by Drizzle on a pool of node-postgres.

import { and, count, desc, eq, getTableColumns, isNull, lt, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'

import { newUser, posts, userChanges, users } from './tables.js'

const PAGE = 50
// Two values for each row, and a statement has 65,535 at most.
const BATCH = 30_000

export function connect(url, connections) {
  const pool = new pg.Pool({ connectionString: url, max: connections, idleTimeoutMillis: 0 })
  return drizzle(pool)
}

const live = (id) => and(eq(users.id, id), isNull(users.deletedAt))

const found = ([row]) => {
  if (!row) throw new Error('no such row')
  return row
}

const part = (rows, total = null) => {
  const shown = rows.slice(0, PAGE)
  const last = shown.at(-1)
  const nextCursor = rows.length > PAGE ? { at: last.createdAt, id: last.id } : null
  return { users: shown, total, nextCursor }
}

const newest = (db, behind) =>
  db.select().from(users).where(and(isNull(users.deletedAt), behind))
    .orderBy(desc(users.createdAt), desc(users.id)).limit(PAGE + 1)

export const byId = async (db, id) => found(await db.select().from(users).where(live(id)))

export const byEmail = async (db, email) =>
  found(await db.select().from(users)
    .where(and(eq(sql`lower(${users.email})`, sql`lower(${email})`), isNull(users.deletedAt))))

export async function page(db) {
  const [rows, [{ total }]] = await Promise.all([
    newest(db).offset(0),
    db.select({ total: count() }).from(users).where(isNull(users.deletedAt)),
  ])
  return part(rows, total)
}

export const after = async (db, position) =>
  part(await newest(db, position && lt(sql`(${users.createdAt}, ${users.id})`, sql`(${position.at}, ${position.id})`)))

export const insert = async (db, user) =>
  found(await db.insert(users).values(newUser.parse(user)).returning())

export const update = async (db, id, name) =>
  found(await db.update(users).set(userChanges.parse({ name })).where(live(id)).returning())

export const remove = async (db, id) =>
  found(await db.update(users).set({ deletedAt: sql`greatest(now(), ${users.createdAt})` }).where(live(id)).returning())

export const writeFirst = (db, id, [first, second]) => db.transaction(async (tx) => {
  await update(tx, id, first)
  await byId(tx, id)
  return update(tx, id, second)
})

export const readFirst = (db, id, name) => db.transaction(async (tx) => {
  await byId(tx, id)
  await update(tx, id, name)
  return byId(tx, id)
})

export const bulk = (db, rows) => db.transaction(async (tx) => {
  for (let begin = 0; begin < rows.length; begin += BATCH) {
    const batch = rows.slice(begin, begin + BATCH).map((row) => newUser.parse(row))
    await tx.insert(users).values(batch)
  }
})

export async function post(db, id) {
  const rows = await db
    .select({ ...getTableColumns(posts), author: { id: users.id, name: users.name, email: users.email } })
    .from(posts).innerJoin(users, eq(users.id, posts.userId))
    .where(and(eq(posts.id, id), isNull(posts.deletedAt), isNull(users.deletedAt)))
  return found(rows)
}
