// The three calls that are measured, by fastify.

import Fastify from 'fastify'

import { after, byId, insert } from './store.js'

const time = { type: 'string', format: 'date-time' }
const user = {
  type: 'object',
  properties: {
    id: { type: 'string' }, email: { type: 'string' }, name: { type: 'string' },
    createdAt: time, updatedAt: time, deletedAt: { ...time, nullable: true },
  },
}
const position = { type: 'object', nullable: true, properties: { at: time, id: { type: 'string' } } }
const list = { type: 'object', properties: { users: { type: 'array', items: user }, nextCursor: position } }

export async function serve(db) {
  const app = Fastify()
  // Answers with a schema are what fastify writes fastest.
  const answer = (schema, status = 200) => ({ schema: { response: { [status]: schema } } })
  app.get('/api/users/:id', answer(user), (request) => byId(db, request.params.id))
  app.post('/api/users', answer(user, 201), async (request, reply) => {
    const created = await insert(db, request.body)
    return reply.code(201).send(created)
  })
  app.get('/api/users', answer(list), (request) => {
    const [at, id] = request.query.cursor.split('_')
    return after(db, id && { at: new Date(at), id })
  })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  return address.replace('http://', '')
}
